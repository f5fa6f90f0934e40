/* What devices measure and say: one name, one unit, one meaning each, and the other names they go by. Units are UCUM
 * (https://ucum.org), ranges what a working device can mean; severities are Hutong's, in docs/events.md. */
#include "sensors/sensors.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define READING(name, unit, least, most, also)                                                \
    {                                                                                         \
        {name, unit, least, most, SENSORS_KIND_MEASUREMENT, SENSORS_NO_SEVERITY, false}, also \
    }
#define HEALTH(name, unit, least, most, also)                                                \
    {                                                                                        \
        {name, unit, least, most, SENSORS_KIND_MEASUREMENT, SENSORS_NO_SEVERITY, true}, also \
    }
#define ALARM(name, severity, diagnostic, also)                           \
    {                                                                     \
        {name, "1", 0, 1, SENSORS_KIND_ALARM, severity, diagnostic}, also \
    }
#define YES_NO(name, kind, also)                                                 \
    {                                                                            \
        {name, "1", 0, 1, SENSORS_KIND_##kind, SENSORS_NO_SEVERITY, false}, also \
    }

static const struct {
    struct sensors_quantity quantity;
    const char *also; /* other names: lower case letters and digits, a space between two */
} rows[] = {
    READING("temperature", "Cel", -90, 1000,
            "temp tc airtemperature devicetemperature currenttemperature localtemperature outdoortemp innertemp"),
    READING("humidity", "%", 0, 100, "hum rh relativehumidity airhumidity moisture soilmoisture"),
    READING("distance", "m", 0, 10000, "ultrasonicdistance"),
    READING("level", "m", -1000, 10000, "waterlevel liquidlevel depth waterdepth"),
    READING("fill", "%", 0, 100, "filllevel fillinglevel fillpercent fillrate fullness occupancyrate overflowrate"),
    READING("pressure", "Pa", 0, 200000000, "barometricpressure airpressure atmosphericpressure waterpressure"),
    READING("illuminance", "lx", 0, 200000, "lux illumination illuminancelux lightlevel luminosity"),
    READING("sound", "dB", 0, 200, "noise soundlevel laeq spl noiselevel"),
    READING("co2", "ppm", 0, 100000, "carbondioxide eco2"),
    READING("tvoc", "ug/m3", 0, 1000000, "voc"),
    READING("hcho", "mg/m3", 0, 1000, "formaldehyde formaldehyd"),
    READING("o3", "ppm", 0, 1000, "ozone"),
    READING("co", "ppm", 0, 10000, "carbonmonoxideconcentration coconcentration"),
    READING("ch4", "%", 0, 100, "methane methaneconcentration"),
    READING("pm1", "ug/m3", 0, 100000, "pm010"),
    READING("pm2_5", "ug/m3", 0, 100000, "pm025"),
    READING("pm10", "ug/m3", 0, 100000, "pm100"),
    READING("smoke_density", "%", 0, 100, "smokeconcentration smokedensitydb"),
    READING("weight", "kg", 0, 1000000, "load mass"),
    READING("speed", "m/s", 0, 1000, "velocity windspeed"),
    READING("odometer", "m", 0, 1e11, "mileage totaldistance totalmileage"),
    READING("duration", "s", 0, 1e11, "enginehours operatinghours"),
    READING("power", "W", -1e9, 1e9, "apower activepower powerconsumption instpower"),
    READING("energy", "kW.h", -1e12, 1e12, "aenergy energytotal totalenergy consumption"),
    READING("current", "A", -1e6, 1e6, "amperage"),
    READING("frequency", "Hz", 0, 1e12, "freq"),
    READING("flow", "m3/h", -1e6, 1e6, "flowrate"),
    READING("volume", "m3", -1e9, 1e9, "watervolume"),
    READING("vibration", "m/s2", 0, 1e6, "acceleration"),
    READING("people", "1", 0, 1e6, "peoplecount persons occupants"),
    READING("count", "1", -1e15, 1e15, "counter pulses pulse"),
    READING("floor", "1", -100, 500, "currentfloor storey liftfloor elevatorfloor"),
    READING("granted", "1", 0, 1, ""),
    READING("radius", "m", 0, 1e6, ""),
    HEALTH("battery", "%", 0, 100, "batt batterylevel batterypercent batterypercentage batterysoc soc bat"),
    HEALTH("voltage", "V", -1e6, 1e6, "batteryvoltage batv vbat batvoltage linevoltage"),
    HEALTH("rssi", "dBm", -200, 50, "signal signalstrength"),
    HEALTH("snr", "dB", -100, 100, "lorasnr"),
    HEALTH("link_quality", "1", 0, 255, "lqi"),
    HEALTH("uptime", "s", 0, 1e11, ""),
    ALARM("smoke", 4, false, "smokealarm smokestatus smokedetected smokedetector"),
    ALARM("fire", 4, false, "firealarm flame heatalarm"),
    ALARM("gas", 4, false, "gasalarm gasleak gasstatus combustiblegas"),
    ALARM("co_alarm", 4, false, "carbonmonoxide coleak"),
    ALARM("sos", 4, false, "panic emergency sosalarm helpalarm"),
    ALARM("trapped", 4, false, "entrapment peopletrapped trappedalarm"),
    ALARM("fall", 3, false, "falldetected falldown mandown"),
    ALARM("water_leak", 3, false, "leak leakage flood flooding leakagestatus waterleakage moisturedetected"),
    ALARM("intrusion", 3, false, "trespass perimeter intrusiondetection"),
    ALARM("fault", 2, false, "trouble malfunction stuck"),
    ALARM("overflow", 2, false, "binfull full overflowalarm"),
    ALARM("tamper", 2, false, "tampered tamperalarm dismantle tamperstatus"),
    ALARM("battery_low", 1, true, "lowbattery lowbat lowbatteryalarm"),
    ALARM("vibration_alarm", 2, false, "shock vibrationdetected"),
    YES_NO("motion", DETECTION, "pir motionstatus movement motiondetected radar"),
    YES_NO("occupancy", DETECTION, "presence occupied occupancystatus"),
    YES_NO("line_crossing", DETECTION, "linecross linedetector"),
    YES_NO("open", STATE, "door dooropen opening magnetstatus doorstatus window windowopen"),
    YES_NO("tilt", STATE, "tilted tiltstatus"),
    YES_NO("on", STATE, "output switch state relay power1 switchstate poweron"),
    YES_NO("ignition", STATE, "acc engineon"),
    YES_NO("online", STATE, "connected"),
    YES_NO("locked", STATE, "lock lockstate"),
    YES_NO("occupied_slot", STATE, "parkingstatus parkingoccupied"),
    YES_NO("tool", STATE, ""), /* brush, broom or jet of a vehicle that sweeps: is it engaged? */
};

enum { NAME_MAX_LEN = 40, NAMES_MAX = 400 };

struct name {
    struct base_str text;
    size_t row;
};

static struct name names[NAMES_MAX]; /* sorted; written once */
static size_t name_count;
static char own_names[BASE_COUNT(rows)][NAME_MAX_LEN];
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Lower case letters and digits only; 0 when it is too long to be one. */
static size_t plain(struct base_str text, char ret_plain[NAME_MAX_LEN])
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == '_' || c == '-' || c == '.' || c == ' ') {
            continue;
        }
        if (len == NAME_MAX_LEN) {
            return 0;
        }
        ret_plain[len++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    }
    return len;
}

static int compare(const void *a, const void *b)
{
    return base_str_order(((const struct name *)a)->text, ((const struct name *)b)->text);
}

static void add(struct base_str text, size_t row)
{
    if (text.len && name_count < NAMES_MAX) {
        names[name_count++] = (struct name){text, row};
    }
}

static void sort_names(void)
{
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        add((struct base_str){own_names[i], plain(base_str_of(rows[i].quantity.name), own_names[i])}, i);
        struct base_str rest = base_str_of(rows[i].also), word;
        while (base_str_next(&rest, ' ', &word)) {
            add(word, i);
        }
    }
    qsort(names, name_count, sizeof names[0], compare);
}

const struct sensors_quantity *sensors_quantity_find(struct base_str name)
{
    char text[NAME_MAX_LEN];
    const struct name wanted = {{text, plain(name, text)}, 0};
    pthread_once(&once, sort_names);
    const struct name *found = wanted.text.len ? bsearch(&wanted, names, name_count, sizeof names[0], compare) : NULL;
    return found ? &rows[found->row].quantity : NULL;
}

const struct sensors_quantity *sensors_quantity_at(size_t index)
{
    return index < BASE_COUNT(rows) ? &rows[index].quantity : NULL;
}

/* Every unit as factor and offset to one of its dimension: SI where there is one. A dimension is named by its UCUM
 * unit. The factors are those of NIST SP 811, appendix B. */
static const struct {
    const char *unit, *dimension;
    double factor, offset;
} units[] = {
    {"Cel", "K", 1, 273.15},
    {"C", "K", 1, 273.15},
    {"°C", "K", 1, 273.15},
    {"℃", "K", 1, 273.15},
    {"degC", "K", 1, 273.15},
    {"celsius", "K", 1, 273.15},
    {"K", "K", 1, 0},
    {"kelvin", "K", 1, 0},
    {"[degF]", "K", 5.0 / 9, 459.67 * 5 / 9},
    {"F", "K", 5.0 / 9, 459.67 * 5 / 9},
    {"°F", "K", 5.0 / 9, 459.67 * 5 / 9},
    {"℉", "K", 5.0 / 9, 459.67 * 5 / 9},
    {"degF", "K", 5.0 / 9, 459.67 * 5 / 9},
    {"fahrenheit", "K", 5.0 / 9, 459.67 * 5 / 9},
    {"%", "%", 1, 0},
    {"%RH", "%", 1, 0},
    {"%EL", "%", 1, 0},
    {"%FF", "%", 1, 0},
    {"ratio", "%", 100, 0},
    {"m", "m", 1, 0},
    {"dm", "m", 0.1, 0},
    {"cm", "m", 0.01, 0},
    {"mm", "m", 0.001, 0},
    {"km", "m", 1000, 0},
    {"hm", "m", 100, 0},
    {"ft", "m", 0.3048, 0},
    {"[ft_i]", "m", 0.3048, 0},
    {"in", "m", 0.0254, 0},
    {"[in_i]", "m", 0.0254, 0},
    {"mi", "m", 1609.344, 0},
    {"[mi_i]", "m", 1609.344, 0},
    {"Pa", "Pa", 1, 0},
    {"hPa", "Pa", 100, 0},
    {"mbar", "Pa", 100, 0},
    {"kPa", "Pa", 1000, 0},
    {"MPa", "Pa", 1e6, 0},
    {"bar", "Pa", 1e5, 0},
    {"psi", "Pa", 6894.757293168, 0},
    {"[psi]", "Pa", 6894.757293168, 0},
    {"mmHg", "Pa", 133.322387415, 0},
    {"m[Hg]", "Pa", 133322.387415, 0},
    {"inHg", "Pa", 3386.388640341, 0},
    {"V", "V", 1, 0},
    {"mV", "V", 0.001, 0},
    {"kV", "V", 1000, 0},
    {"A", "A", 1, 0},
    {"mA", "A", 0.001, 0},
    {"W", "W", 1, 0},
    {"mW", "W", 0.001, 0},
    {"kW", "W", 1000, 0},
    {"MW", "W", 1e6, 0},
    {"VA", "VA", 1, 0},
    {"kW.h", "kW.h", 1, 0},
    {"kWh", "kW.h", 1, 0},
    {"W.h", "kW.h", 0.001, 0},
    {"Wh", "kW.h", 0.001, 0},
    {"MWh", "kW.h", 1000, 0},
    {"mWh", "kW.h", 1e-6, 0},
    {"J", "kW.h", 1 / 3.6e6, 0},
    {"MJ", "kW.h", 1 / 3.6, 0},
    {"m/s", "m/s", 1, 0},
    {"km/h", "m/s", 1 / 3.6, 0},
    {"kmh", "m/s", 1 / 3.6, 0},
    {"kph", "m/s", 1 / 3.6, 0},
    {"mph", "m/s", 0.44704, 0},
    {"[mi_i]/h", "m/s", 0.44704, 0},
    {"kn", "m/s", 1852.0 / 3600, 0},
    {"knot", "m/s", 1852.0 / 3600, 0},
    {"[kn_i]", "m/s", 1852.0 / 3600, 0},
    {"lx", "lx", 1, 0},
    {"lux", "lx", 1, 0},
    {"klx", "lx", 1000, 0},
    {"ug/m3", "ug/m3", 1, 0},
    {"µg/m³", "ug/m3", 1, 0},
    {"μg/m³", "ug/m3", 1, 0},
    {"ug/m³", "ug/m3", 1, 0},
    {"mg/m3", "ug/m3", 1000, 0},
    {"mg/m³", "ug/m3", 1000, 0},
    {"ppm", "ppm", 1, 0},
    {"[ppm]", "ppm", 1, 0},
    {"ppb", "ppm", 0.001, 0},
    {"[ppb]", "ppm", 0.001, 0},
    {"dB", "dB", 1, 0},
    {"dBA", "dB", 1, 0},
    {"dB(A)", "dB", 1, 0},
    {"dBm", "dBm", 1, 0},
    {"dBW", "dBm", 1, 30},
    {"kg", "kg", 1, 0},
    {"g", "kg", 0.001, 0},
    {"t", "kg", 1000, 0},
    {"lb", "kg", 0.45359237, 0},
    {"lbs", "kg", 0.45359237, 0},
    {"[lb_av]", "kg", 0.45359237, 0},
    {"s", "s", 1, 0},
    {"ms", "s", 0.001, 0},
    {"min", "s", 60, 0},
    {"h", "s", 3600, 0},
    {"d", "s", 86400, 0},
    {"Hz", "Hz", 1, 0},
    {"kHz", "Hz", 1000, 0},
    {"MHz", "Hz", 1e6, 0},
    {"deg", "deg", 1, 0},
    {"°", "deg", 1, 0},
    {"rad", "deg", 57.29577951308232, 0},
    {"m3", "m3", 1, 0},
    {"m³", "m3", 1, 0},
    {"L", "m3", 0.001, 0},
    {"l", "m3", 0.001, 0},
    {"m3/h", "m3/h", 1, 0},
    {"m³/h", "m3/h", 1, 0},
    {"L/min", "m3/h", 0.06, 0},
    {"l/min", "m3/h", 0.06, 0},
    {"L/s", "m3/h", 3.6, 0},
    {"m3/s", "m3/h", 3600, 0},
    {"m/s2", "m/s2", 1, 0},
    {"m/s²", "m/s2", 1, 0},
    {"gn", "m/s2", 9.80665, 0},
    {"[g]", "m/s2", 9.80665, 0},
    {"1", "1", 1, 0},
    {"count", "1", 1, 0},
    {"lqi", "1", 1, 0},
};

static size_t unit_at(struct base_str unit)
{
    size_t at = 0;
    while (at < BASE_COUNT(units) && !base_str_is(unit, units[at].unit)) {
        at++;
    }
    return at;
}

/* By dimension; percentages say themselves of what. */
static const struct {
    const char *dimension, *quantity;
} usual[] = {
    {"K", "temperature"}, {"Pa", "pressure"},    {"V", "voltage"},    {"A", "current"},   {"W", "power"},
    {"kW.h", "energy"},   {"lx", "illuminance"}, {"ppm", "co2"},      {"m/s", "speed"},   {"m", "distance"},
    {"kg", "weight"},     {"Hz", "frequency"},   {"dB", "sound"},     {"dBm", "rssi"},    {"m3", "volume"},
    {"m3/h", "flow"},     {"m/s2", "vibration"}, {"%RH", "humidity"}, {"%EL", "battery"}, {"count", "count"},
};

const struct sensors_quantity *sensors_quantity_of_unit(struct base_str unit)
{
    size_t at = unit_at(unit);
    for (size_t i = 0; i < BASE_COUNT(usual); i++) {
        if (base_str_is(unit, usual[i].dimension) ||
            (at < BASE_COUNT(units) && strcmp(units[at].dimension, usual[i].dimension) == 0)) {
            return sensors_quantity_find(base_str_of(usual[i].quantity));
        }
    }
    return NULL;
}

double sensors_unit_convert(double value, struct base_str from, const char *to)
{
    if (from.len == 0 || base_str_is(from, to)) {
        return value;
    }
    if (base_str_is(from, "/")) { /* SenML: a ratio (RFC 8428, 12.1) */
        return strcmp(to, "%") == 0 ? value * 100 : strcmp(to, "1") == 0 ? value : NAN;
    }
    size_t a = unit_at(from), b = unit_at(base_str_of(to));
    if (a == BASE_COUNT(units) || b == BASE_COUNT(units) || strcmp(units[a].dimension, units[b].dimension) != 0) {
        return NAN;
    }
    return (value * units[a].factor + units[a].offset - units[b].offset) / units[b].factor;
}

/* What must never be kept: names, faces, plates, cards, phone numbers, networks, free texts and pictures, sent in every
 * format through a real broker and a real worker, and then looked for in every column of every table and in the log.
 * A new format needs a row here. */
#include "fixture/ingest_kit.h"
#include "sensors/sensors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PATIENCE INT64_C(60000000)
#define DAY INT64_C(86400)

enum becomes { EVENT, DEAD, NOTHING };

/* %s in a filter or topic is a root of the source's own. In payloads @S@ @MS@ is the time since 1970, @Z@ the same as
 * 2026-11-21T08:00:00Z, @L8@ at +08:00 without saying so, @P8@ as 261121160000. Marks are divided by |; they are whole
 * words of payload or topic. */
struct row {
    const char *format, *subject, *filter; /* of its source; as in the row before when NULL */
    enum becomes becomes;
    const char *topic, *payload, *marks;
};

static const struct row table[] = {
    /* --- phones --- */
    {"owntracks", "guard", "%s/#", EVENT, "%s/mk-user-zhao/mk-device-1",
     "{\"_type\":\"location\",\"lat\":31.02,\"lon\":121.4,\"tst\":@S@,\"acc\":10,\"tid\":\"zq\",\"SSID\":\"mk-ssid-1\","
     "\"BSSID\":\"mk:bs:si:d1\",\"inregions\":[\"mk-region-1\"],\"inrids\":[\"mk-rid-1\"],\"poi\":\"mk-poi-1\","
     "\"tag\":\"mk-tag-1\",\"image\":\"bWstaW1hZ2UtMQ\",\"imagename\":\"mk-image-1\"}",
     "mk-user-zhao|mk-device-1|mk-ssid-1|mk:bs:si:d1|mk-region-1|mk-rid-1|mk-poi-1|mk-tag-1|bWstaW1hZ2UtMQ|mk-image-1"},
    {NULL, NULL, NULL, EVENT, "%s/mk-user-zhao/mk-device-1/event",
     "{\"_type\":\"transition\",\"event\":\"enter\",\"lat\":31.02,\"lon\":121.4,\"tst\":@S@,\"wtst\":1,\"acc\":10,"
     "\"tid\":\"zq\",\"desc\":\"mk-desc-2\",\"rid\":\"mk-rid-2\"}",
     "mk-desc-2|mk-rid-2"},
    {NULL, NULL, NULL, NOTHING, "%s/mk-user-zhao/mk-device-1/info",
     "{\"_type\":\"card\",\"name\":\"赵马克\",\"face\":\"bWstZmFjZS0z\",\"tid\":\"zq\"}", "赵马克|bWstZmFjZS0z"},
    {NULL, NULL, NULL, DEAD, "%s/mk-user-zhao/mk-device-1", "{\"_type\":\"location\",\"name\":\"mk-broken-4\"",
     "mk-broken-4"},
    {NULL, NULL, NULL, DEAD, "%s/mk-user-zhao/mk-device-1", "{\"_type\":\"encrypted\",\"data\":\"bWstc2VjcmV0LTU=\"}",
     "bWstc2VjcmV0LTU"},
    /* --- tags in rooms --- */
    {"espresense", NULL, "%s/espresense/#", EVENT, "%s/espresense/devices/mk-tag-6/lobby",
     "{\"id\":\"mk-tag-6\",\"name\":\"mk-name-6\",\"mac\":\"mk6666666666\",\"distance\":1.5,\"rssi\":-60}",
     "mk-tag-6|mk-name-6|mk6666666666"},
    {NULL, NULL, NULL, NOTHING, "%s/espresense/settings/mk-tag-7/config",
     "{\"id\":\"mk-tag-7\",\"name\":\"mk-name-7\",\"irk\":\"mk-irk-7\"}", "mk-tag-7|mk-name-7|mk-irk-7"},
    {NULL, NULL, NULL, DEAD, "%s/espresense/devices/mk-tag-8/lobby", "mk-broken-8", "mk-tag-8|mk-broken-8"},
    /* --- cameras --- */
    {"frigate", NULL, "%s/#", EVENT, "%s/events",
     "{\"type\":\"new\",\"before\":{\"id\":\"@S@.100000-aaaaaa\",\"camera\":\"yard\",\"frame_time\":@S@.1,"
     "\"start_time\":@S@.1,\"end_time\":null,\"label\":\"car\",\"sub_label\":null},\"after\":{\"id\":"
     "\"@S@.100000-aaaaaa\",\"camera\":\"yard\",\"frame_time\":@S@.1,\"start_time\":@S@.1,\"end_time\":null,\"label\":"
     "\"car\",\"sub_label\":[\"mk-driver-9\",0.9],\"recognized_license_plate\":\"MKA90001\","
     "\"recognized_license_plate_score\":0.9,\"thumbnail\":\"bWstdGh1bWItOQ==\",\"score\":0.8,\"top_score\":0.9,"
     "\"false_positive\":false,\"data\":{\"description\":\"mk-text-9 walks\"}}}",
     "mk-driver-9|MKA90001|bWstdGh1bWItOQ|mk-text-9"},
    {NULL, NULL, NULL, NOTHING, "%s/tracked_object_update",
     "{\"type\":\"face\",\"id\":\"@S@.100000-aaaaaa\",\"name\":\"mk-face-10\",\"score\":0.95,\"camera\":\"yard\","
     "\"timestamp\":@S@.2}",
     "mk-face-10"},
    {NULL, NULL, NULL, NOTHING, "%s/tracked_object_update",
     "{\"type\":\"description\",\"id\":\"@S@.100000-aaaaaa\",\"description\":\"mk-text-11\",\"camera\":\"yard\","
     "\"timestamp\":@S@.3}",
     "mk-text-11"},
    {NULL, NULL, NULL, NOTHING, "%s/tracked_object_update",
     "{\"type\":\"lpr\",\"id\":\"@S@.100000-aaaaaa\",\"name\":\"mk-owner-12\",\"plate\":\"MKA90012\",\"score\":0.9,"
     "\"camera\":\"yard\",\"timestamp\":@S@.4}",
     "mk-owner-12|MKA90012"},
    {NULL, NULL, NULL, NOTHING, "%s/yard/person/snapshot", "\xff\xd8\xffmk-jpeg-13", "mk-jpeg-13"},
    {NULL, NULL, NULL, DEAD, "%s/events", "{\"type\":\"new\",\"after\":\"mk-broken-14\"}", "mk-broken-14"},
    {"onvif", NULL, "%s/#", NOTHING, "%s/onvif-mj/VideoAnalytics/1/any",
     "{\"Frame\":[{\"@UtcTime\":\"@Z@\",\"@Source\":\"any\",\"Object\":[{\"@ObjectId\":15,\"Appearance\":{\"Class\":{"
     "\"Type\":[{\"@Likelihood\":0.8,\"#text\":\"Human\"}]},\"HumanFace\":{\"Gender\":\"mk-gender-15\",\"Age\":{"
     "\"Min\":20}},\"LicensePlateInfo\":{\"PlateNumber\":\"MKA90015\"},\"ImageRef\":\"mk-image-15\"}}]}]}",
     "mk-gender-15|MKA90015|mk-image-15"},
    {NULL, NULL, NULL, NOTHING, "%s/onvif-ej/AccessControl/AccessGranted/Credential",
     "{\"UtcTime\":\"@Z@\",\"Source\":{\"AccessPointToken\":\"door-1\"},\"Key\":{},\"Data\":{\"CredentialToken\":"
     "\"mk-token-16\",\"CredentialHolderName\":\"mk-holder-16\",\"Card\":\"mk-card-16\"}}",
     "mk-token-16|mk-holder-16|mk-card-16"},
    {NULL, NULL, NULL, DEAD, "%s/onvif-ej/RuleEngine/LineDetector/Crossed", "[\"mk-broken-17\"]", "mk-broken-17"},
    /* --- gates --- */
    {"anpr", NULL, "%s/#", EVENT, "%s/plate",
     "{\"AlarmInfoPlate\":{\"serialno\":\"gate-18\",\"deviceName\":\"mk-gate-18\",\"ipaddr\":\"10.18.18.18\","
     "\"result\":{"
     "\"PlateResult\":{\"license\":\"沪M90018\",\"confidence\":97,\"imagePath\":\"mk-path-18\",\"imageFile\":"
     "\"bWstcGljLTE4\",\"triggerType\":4,\"timeStamp\":{\"Timeval\":{\"sec\":@S@,\"usec\":18}}}}}}",
     "mk-gate-18|沪M90018|mk-path-18|bWstcGljLTE4|10.18.18.18"},
    {NULL, NULL, NULL, EVENT, "%s/gate-19/device/message/up/ivs_result",
     "{\"sn\":\"gate-19\",\"name\":\"ivs_result\",\"version\":\"1.0\",\"timestamp\":@S@,\"payload\":{"
     "\"AlarmInfoPlate\":{"
     "\"result\":{\"PlateResult\":{\"license\":\"5rKqTTkwMDE5\",\"confidence\":99,\"full_image_content\":"
     "\"bWstcGljLTE5\",\"small_image_content\":\"bWstcGljLTE5\"}}}}}",
     "5rKqTTkwMDE5|沪M90019|bWstcGljLTE5"},
    {NULL, NULL, NULL, DEAD, "%s/plate", "{\"AlarmInfoPlate\":{\"result\":\"mk-broken-20\"}}", "mk-broken-20"},
    {"hikvision", NULL, "%s/#", EVENT, "%s/hikvision/mk20/ANPR",
     "{\"ipAddress\":\"10.21.21.21\",\"macAddress\":\"aa:bb:cc:00:00:21\",\"channelID\":\"1\",\"dateTime\":\"@Z@\","
     "\"activePostCount\":\"1\",\"eventType\":\"ANPR\",\"eventState\":\"active\",\"channelName\":\"mk-channel-21\","
     "\"ANPR\":{\"licensePlate\":\"沪M90021\",\"confidenceLevel\":97,\"driverName\":\"mk-driver-21\","
     "\"pictureInfoList\":[{\"fileName\":\"mk-picture-21.jpg\"}]}}",
     "mk-channel-21|沪M90021|mk-driver-21|mk-picture-21|10.21.21.21"},
    {NULL, NULL, NULL, EVENT, "%s/hikvision/mk20/AccessControllerEvent",
     "{\"ipAddress\":\"10.21.21.21\",\"macAddress\":\"aa:bb:cc:00:00:21\",\"channelID\":1,\"dateTime\":\"@Z@\","
     "\"activePostCount\":2,\"eventType\":\"AccessControllerEvent\",\"eventState\":\"active\","
     "\"AccessControllerEvent\":{"
     "\"deviceName\":\"mk-door-22\",\"majorEventType\":5,\"subEventType\":1,\"cardNo\":\"9002200022\",\"name\":"
     "\"钱马克\",\"employeeNoString\":\"mk-employee-22\",\"serialNo\":22,\"pictureURL\":\"http://mk-face-22/\"}}",
     "mk-door-22|9002200022|钱马克|mk-employee-22|mk-face-22"},
    {NULL, NULL, NULL, DEAD, "%s/hikvision/mk20/ANPR", "mk-broken-23", "mk-broken-23"},
    {"dahua", NULL, "%s/#", EVENT, "%s/DahuaVTO/AccessControl/Event",
     "{\"Action\":\"Pulse\",\"Data\":{\"CardNo\":\"9002400024\",\"Method\":1,\"Name\":\"mk-open-24\",\"CardName\":"
     "\"孙马克\",\"Password\":\"mk-password-24\",\"ReaderID\":\"1\",\"RecNo\":24,\"SnapURL\":\"/mk-snap-24.jpg\","
     "\"Status\":1,\"Type\":\"Entry\",\"UTC\":@S@,\"UserID\":\"mk-user-24\"},\"deviceType\":\"VTO\",\"serialNumber\":"
     "\"vto-24\"}",
     "9002400024|mk-open-24|孙马克|mk-password-24|mk-snap-24|mk-user-24"},
    {NULL, NULL, NULL, DEAD, "%s/DahuaVTO/AccessControl/Event", "{\"Action\":\"mk-broken-25\"", "mk-broken-25"},
    /* --- vehicles --- */
    {"traccar", "vehicle", "%s/#", EVENT, "%s/positions",
     "{\"position\":{\"id\":0,\"deviceId\":1,\"protocol\":\"h02\",\"serverTime\":\"@Z@\",\"deviceTime\":\"@Z@\","
     "\"fixTime\":\"@Z@\",\"valid\":true,\"latitude\":31.02,\"longitude\":121.4,\"altitude\":0,\"speed\":1,\"course\":"
     "1,"
     "\"accuracy\":5,\"address\":\"mk-address-26\",\"network\":{\"wifiAccessPoints\":[{\"macAddress\":\"mk:wi:fi:26\"}]"
     "},"
     "\"attributes\":{\"driverUniqueId\":\"mk-driver-26\",\"text\":\"mk-text-26\"}},\"device\":{\"id\":1,\"uniqueId\":"
     "\"860026000026\",\"name\":\"mk-car-26\",\"phone\":\"13900260026\",\"contact\":\"mk-contact-26\",\"attributes\":{}"
     "}}",
     "mk-address-26|mk:wi:fi:26|mk-driver-26|mk-text-26|860026000026|mk-car-26|13900260026|mk-contact-26"},
    {NULL, NULL, NULL, DEAD, "%s/positions", "{\"position\":\"mk-broken-27\"}", "mk-broken-27"},
    {"jt808", "vehicle", "%s/#", EVENT, "%s/c28/up",
     "{\"header\":{\"encrypt\":0,\"len\":28,\"msg_id\":512,\"msg_sn\":28,\"phone\":\"013900280028\"},\"body\":{"
     "\"alarm\":1,"
     "\"altitude\":14,\"direction\":39,\"latitude\":31020000,\"longitude\":121400000,\"speed\":0,\"status\":3,\"time\":"
     "\"@P8@\"}}",
     "013900280028|13900280028"},
    {NULL, NULL, NULL, DEAD, "%s/c28/up", "{\"header\":{\"phone\":\"013900290029\"}}", "13900290029"},
    /* --- things: what people wrote on them --- */
    {"tasmota", NULL, "%s/#", EVENT, "%s/tele/mk30/SENSOR",
     "{\"Time\":\"@L8@\",\"PN532\":{\"UID\":\"9A3000F1\",\"DATA\":\"mk-written-30\"}}", "9A3000F1|mk-written-30"},
    {NULL, NULL, NULL, NOTHING, "%s/tele/mk30/STATE",
     "{\"Time\":\"@L8@\",\"Uptime\":\"0T00:00:31\",\"POWER\":\"ON\",\"Wifi\":{\"AP\":1,\"SSId\":\"mk-ssid-31\","
     "\"BSSId\":"
     "\"31:31:31:AA:BB:31\",\"RSSI\":70}}",
     "mk-ssid-31|31:31:31:AA:BB:31"},
    {NULL, NULL, NULL, DEAD, "%s/tele/mk30/SENSOR", "{\"Time\":\"mk-broken-32", "mk-broken-32"},
    {"zigbee2mqtt", NULL, "%s/#", EVENT, "%s/hall-smoke",
     "{\"smoke\":true,\"battery\":90,\"linkquality\":70,\"device\":{\"friendlyName\":\"mk-friend-33\",\"ieeeAddr\":"
     "\"0x00158d0000000033\"},\"description\":\"mk-text-33\",\"user\":\"mk-user-33\"}",
     "mk-friend-33|mk-text-33|mk-user-33"},
    {NULL, NULL, NULL, DEAD, "%s/hall-smoke", "{\"smoke\":mk-broken-34}", "mk-broken-34"},
    {"shelly", NULL, "%s/#", EVENT, "%s/events/rpc",
     "{\"src\":\"shellyplus1-000000000035\",\"dst\":\"%s/events\",\"method\":\"NotifyStatus\",\"params\":{\"ts\":@S@.5,"
     "\"switch:0\":{\"id\":0,\"output\":true,\"source\":\"mk-source-35\"},\"wifi\":{\"sta_ip\":\"10.35.35.35\","
     "\"ssid\":"
     "\"mk-ssid-35\",\"bssid\":\"mk:bs:35\"}}}",
     "mk-source-35|10.35.35.35|mk-ssid-35|mk:bs:35"},
    {NULL, NULL, NULL, DEAD, "%s/events/rpc", "{\"src\":\"mk-broken-36\"", "mk-broken-36"},
    /* --- LoRaWAN --- */
    {"ttn", NULL, "v3/%s/#", EVENT, "v3/%s/devices/dev-37/up",
     "{\"end_device_ids\":{\"device_id\":\"dev-37\",\"dev_eui\":\"0000000000000037\",\"application_ids\":{"
     "\"application_id\":\"mk-app-37\"}},\"received_at\":\"@Z@\",\"uplink_message\":{\"session_key_id\":\"AX\",\"f_"
     "port\":2,"
     "\"f_cnt\":37,\"frm_payload\":\"AQ==\",\"received_at\":\"@Z@\",\"decoded_payload\":{\"temperature\":21.5,"
     "\"owner\":"
     "\"mk-owner-37\",\"phone\":\"13900370037\"},\"rx_metadata\":[{\"gateway_ids\":{\"gateway_id\":\"mk-gateway-37\"}}]"
     "}}",
     "mk-app-37|mk-owner-37|13900370037|mk-gateway-37"},
    {NULL, NULL, NULL, DEAD, "v3/%s/devices/dev-37/up", "{\"uplink_message\":\"mk-broken-38\"}", "mk-broken-38"},
    {"chirpstack", NULL, "application/%s/#", EVENT, "application/%s/device/0000000000000039/event/up",
     "{\"deduplicationId\":\"3ac7e3c4-4401-4b8d-9386-a5c902f90039\",\"time\":\"@Z@\",\"deviceInfo\":{\"tenantName\":"
     "\"mk-tenant-39\",\"applicationName\":\"mk-app-39\",\"deviceName\":\"mk-device-39\",\"devEui\":"
     "\"0000000000000039\","
     "\"tags\":{\"owner\":\"mk-owner-39\"}},\"fCnt\":39,\"fPort\":1,\"data\":\"AQ==\",\"object\":{\"temperature\":21.5,"
     "\"name\":\"mk-name-39\"}}",
     "mk-tenant-39|mk-app-39|mk-device-39|mk-owner-39|mk-name-39"},
    {NULL, NULL, NULL, DEAD, "application/%s/device/0000000000000039/event/up", "[\"mk-broken-40\"]", "mk-broken-40"},
    /* --- standards --- */
    {"senml", NULL, "%s/#", NOTHING, "%s/senml",
     "[{\"bn\":\"urn:dev:mac:0024befffe000041:\",\"bt\":@S@,\"n\":\"temperature\",\"u\":\"Cel\",\"v\":21},{\"n\":"
     "\"label\","
     "\"vs\":\"mk-text-41\"},{\"n\":\"blob\",\"vd\":\"bWstZGF0YS00MQ\"}]",
     "mk-text-41|bWstZGF0YS00MQ"},
    {NULL, NULL, NULL, DEAD, "%s/senml", "{\"n\":\"mk-broken-42\"}", "mk-broken-42"},
    {"sensorthings", NULL, "%s/#", NOTHING, "%s/v1.1/Datastreams(43)/Observations",
     "{\"phenomenonTime\":\"@Z@\",\"result\":\"mk-text-43\",\"parameters\":{\"operator\":\"mk-operator-43\"}}",
     "mk-text-43|mk-operator-43"},
    {NULL, NULL, NULL, DEAD, "%s/v1.1/Datastreams(43)/Observations", "{\"result\":mk-broken-44}", "mk-broken-44"},
    {"cloudevents", NULL, "%s/#", NOTHING, "%s/ce",
     "{\"specversion\":\"1.0\",\"id\":\"e45\",\"source\":\"/doors/45\",\"type\":\"any\",\"time\":\"@Z@\",\"subject\":"
     "\"mk-subject-45\",\"data\":{\"temperature\":21.5,\"visitor\":\"mk-visitor-45\",\"phone\":\"13900450045\"}}",
     "mk-subject-45|mk-visitor-45|13900450045"},
    {NULL, NULL, NULL, DEAD, "%s/ce", "{\"specversion\":\"1.0\",\"id\":[\"mk-broken-46\"]}", "mk-broken-46"},
    {"sparkplug", NULL, "spBv1.0/%s/#", DEAD, "spBv1.0/%s/NBIRTH/node-47", "mk-broken-47", "mk-broken-47"},
    {"homeassistant", NULL, "%s/#", NOTHING, "%s/sensor/n63/hall/config",
     "{\"name\":\"mk-name-63\",\"state_topic\":\"%s/hall/state\",\"unit_of_measurement\":\"°C\",\"device_class\":"
     "\"temperature\",\"unique_id\":\"t63\",\"device\":{\"identifiers\":[\"d63\"],\"name\":\"mk-device-63\","
     "\"suggested_area\":\"mk-area-63\"}}",
     "mk-name-63|mk-device-63|mk-area-63"},
    {NULL, NULL, NULL, EVENT, "%s/hall/state", "21.5", ""},
    /* --- by mapping files --- */
    {"alink", NULL, "/sys/%s/#", EVENT, "/sys/%s/lock-48/thing/event/property/post",
     "{\"id\":\"1\",\"params\":{\"temp\":{\"value\":21,\"time\":@MS@},\"owner\":{\"value\":\"mk-owner-48\",\"time\":@"
     "MS@},\"phone\":{\"value\":\"13900480048\",\"time\":@MS@},\"memo\":{\"value\":\"mk-memo-48\",\"time\":@MS@}}}",
     "mk-owner-48|13900480048|mk-memo-48"},
    {"axis", NULL, "axis/%s/#", EVENT, "axis/%s/event/tns:axis/Device/IO/Port",
     "{\"topic\":\"axis:Device/IO/"
     "Port\",\"timestamp\":@MS@,\"serial\":\"49\",\"message\":{\"source\":{\"port\":\"1\"},\"key\":{},\"data\":{"
     "\"state\":\"1\",\"user\":\"mk-user-49\"}}}",
     "mk-user-49"},
    {"deconz", NULL, "%s/#", EVENT, "%s/events",
     "{\"e\":\"changed\",\"id\":\"1\",\"r\":\"sensors\",\"t\":\"event\",\"uniqueid\":\"00:15:8d:00:00:00:00:50-01-"
     "0402\",\"name\":\"mk-name-50\",\"state\":{\"temperature\":2150,\"lastupdated\":\"@Z@\"}}",
     "mk-name-50"},
    {"elevator", NULL, "%s/#", EVENT, "%s/status/elevator/1/floor", "3", ""},
    {NULL, NULL, NULL, NOTHING, "%s/status/elevator/1/note", "mk-text-51", "mk-text-51"},
    {"fleet-api", NULL, "%s/#", EVENT, "%s/fleet",
     "{\"common\":{\"assetId\":\"asset-52\",\"event\":\"in_transit\",\"driver\":\"mk-driver-52\"},\"data\":{\"ts\":\"@"
     "Z@\",\"loc\":[31.02,121.4],\"dir\":1,\"text\":\"mk-text-52\"}}",
     "mk-driver-52|mk-text-52"},
    {"flespi", "vehicle", "flespi/message/gw/channels/%s/#", EVENT, "flespi/message/gw/channels/%s/1",
     "{\"ident\":\"860053000053\",\"timestamp\":@S@,\"position.latitude\":31.02,\"position.longitude\":121.4,"
     "\"position.valid\":true,\"driver.name\":\"mk-driver-53\",\"device.name\":\"mk-car-53\",\"vehicle.vin\":"
     "\"MKVIN0053\"}",
     "860053000053|mk-driver-53|mk-car-53|MKVIN0053"},
    {"gb28181", NULL, "%s/#", EVENT, "%s/gb28181/raw",
     "<?xml "
     "version=\"1.0\"?><Notify><CmdType>Alarm</CmdType><SN>54</SN><DeviceID>31000000001340000054</"
     "DeviceID><AlarmPriority>1</AlarmPriority><AlarmMethod>5</AlarmMethod><AlarmTime>@L8@</"
     "AlarmTime><AlarmDescription>mk-text-54</AlarmDescription></Notify>",
     "mk-text-54"},
    {NULL, NULL, NULL, DEAD, "%s/gb28181/raw", "<Notify><Name>mk-broken-54", "mk-broken-54"},
    {"huawei", NULL, "$oc/devices/%s/#", EVENT, "$oc/devices/%s/sys/properties/report",
     "{\"services\":[{\"service_id\":\"s\",\"properties\":{\"temperature\":20,\"owner\":\"mk-owner-55\",\"phone\":"
     "\"13900550055\",\"memo\":\"mk-memo-55\"},\"event_time\":\"@Z@\"}]}",
     "mk-owner-55|13900550055|mk-memo-55"},
    {"openmqttgateway", NULL, "%s/#", EVENT, "%s/presence/gw-56",
     "{\"id\":\"56:F6:8A:76:86:C5\",\"rssi\":-55,\"name\":\"mk-name-56\",\"distance\":0.5}",
     "56:F6:8A:76:86:C5|mk-name-56"},
    {"phone", "guard", "%s/#", EVENT, "%s/mk-phone-57/location",
     "{\"location\":{\"timestamp\":\"@Z@\",\"coords\":{\"latitude\":31.02,\"longitude\":121.4,\"accuracy\":5},"
     "\"extras\":{\"worker\":\"mk-worker-57\"}}}",
     "mk-phone-57|mk-worker-57"},
    {"sns", NULL, "%s/#", EVENT, "%s/sns",
     "{\"Type\":\"Notification\",\"Subject\":\"mk-subject-58\",\"Message\":\"{\\\"AlarmName\\\":\\\"pump-58\\\","
     "\\\"AlarmDescription\\\":\\\"mk-text-58\\\",\\\"NewStateValue\\\":\\\"ALARM\\\",\\\"NewStateReason\\\":\\\"mk-"
     "reason-58\\\",\\\"StateChangeTime\\\":\\\"@Z@\\\"}\"}",
     "mk-subject-58|mk-text-58|mk-reason-58"},
    {"sos-badge", "guard", "info/%s/#", EVENT, "info/%s/alarm",
     "{\"user_id\":\"mk-badge-59\",\"tenant_id\":1,\"timestamp\":@S@,\"lng\":121.4,\"lat\":31.02,\"alarm_type\":"
     "\"SOS\",\"additional\":\"mk-text-59\"}",
     "mk-badge-59|mk-text-59"},
    {"tencent", NULL, "$thing/up/property/%s/#", EVENT, "$thing/up/property/%s/d60",
     "{\"method\":\"report\",\"clientToken\":\"mk-token-60\",\"timestamp\":@S@,\"params\":{\"temperature\":20,"
     "\"owner\":\"mk-owner-60\",\"phone\":\"13900600060\",\"memo\":\"mk-memo-60\"}}",
     "mk-token-60|mk-owner-60|13900600060|mk-memo-60"},
    {"thingsboard", NULL, "v1/gateway/telemetry", EVENT, "v1/gateway/telemetry",
     "{\"door-61\":[{\"ts\":@MS@,\"values\":{\"temperature\":21,\"owner\":\"mk-owner-61\",\"phone\":\"13900610061\","
     "\"plate\":\"MKA90061\",\"memo\":\"mk-memo-61\",\"cardNo\":9006161}}]}",
     "mk-owner-61|13900610061|MKA90061|mk-memo-61|9006161"},
    {"zoneminder", NULL, "%s/#", EVENT, "%s/1",
     "{\"monitor\":1,\"name\":\"mk-name-62 "
     "Motion\",\"state\":\"alarm\",\"eventid\":62,\"eventtype\":\"event_start\",\"detection\":[{\"type\":\"object\","
     "\"label\":\"person\",\"confidence\":\"97.50%\",\"face\":\"mk-face-62\"}]}",
     "mk-name-62|mk-face-62"},
};

/* --- the world --- */
struct source {
    char root[64], name[64];
    const struct row *first;
    int64_t id, sent, dead, events;
};

struct world {
    const char *database, *var;
    char log[300];
    PGconn *pg;
    struct ingest_publisher *publisher;
    pid_t pid;
    int64_t now_s;
    struct source sources[BASE_COUNT(table)];
    size_t source_count;
};

static struct base_diag diag;

static void ok(enum base_err err)
{
    if (err) {
        fail_msg("%s: %s", base_error_name(err), diag.text);
    }
}

static void until(const struct world *world, const char *sql, int64_t wanted)
{
    int64_t seen = kit_until(world->database, sql, wanted, PATIENCE);
    if (seen != wanted) {
        fail_msg("%s: %lld, not %lld (log: %s)", sql, (long long)seen, (long long)wanted, world->log);
    }
}

/* text with the root for each %s and times for the words between @. */
static void fill(struct base_buf *out, const char *text, const char *root, int64_t now_s)
{
    char local[BASE_TIME_TEXT], utc[BASE_TIME_TEXT];
    base_time_out(now_s * 1000000, utc);
    base_time_out((now_s + 8 * 3600) * 1000000, local);
    base_buf_reset(out);
    while (*text) {
        struct base_str rest = base_str_of(text);
        size_t used = 3;
        if (base_str_starts(rest, "%s")) {
            base_buf_text(out, root);
            used = 2;
        } else if (base_str_starts(rest, "@S@")) {
            base_buf_printf(out, "%lld", (long long)now_s);
        } else if (base_str_starts(rest, "@MS@")) {
            base_buf_printf(out, "%lld000", (long long)now_s);
            used = 4;
        } else if (base_str_starts(rest, "@Z@")) {
            base_buf_text(out, utc);
        } else if (base_str_starts(rest, "@L8@")) {
            base_buf_append(out, local, 19);
            used = 4;
        } else if (base_str_starts(rest, "@P8@")) {
            for (size_t i = 2; i < 19; i++) {
                if (local[i] >= '0' && local[i] <= '9') {
                    base_buf_u8(out, (uint8_t)local[i]);
                }
            }
            used = 4;
        } else {
            base_buf_u8(out, (uint8_t)*text);
            used = 1;
        }
        text += used;
    }
}

/* Persons are on shift, or nothing about them would be kept at all. */
static void add_source(struct world *world, const struct row *row)
{
    struct source *source = &world->sources[world->source_count++];
    AUTO(data_conn) conn = NULL;
    AUTO(data_rows) rows = NULL;
    AUTO_VALUE(base_buf) filter;
    base_buf_init(&filter, 1000);
    source->first = row;
    snprintf(source->root, sizeof source->root, "%s", fixture_unique());
    snprintf(source->name, sizeof source->name, "%s %zu", row->format, world->source_count);
    base_buf_text(&filter, "{\"");
    AUTO_VALUE(base_buf) topic;
    base_buf_init(&topic, 1000);
    fill(&topic, row->filter, source->root, 0);
    base_buf_printf(&filter, "%s\"}", base_buf_cstr(&topic));
    ok(data_conn_open(world->database, "test", &diag, &conn));
    ok(data_run(conn, DATA_SOURCE_UPSERT,
                DATA_ARGS(data_text(source->name), data_text(base_buf_cstr(&filter)), data_text(row->format),
                          data_text(row->subject), data_text("Asia/Shanghai"), data_text("wgs84"), data_i64(0),
                          data_text("test"), data_text("90 days")),
                &diag, &rows));
    source->id = data_rows_i64(rows, 0, 0);
    ok(data_run(conn, DATA_SHIFT_OPEN,
                DATA_ARGS(data_text(source->name), data_null(), data_text("guard"), data_text("巡逻#组"),
                          data_text("Patrol"), data_time(0), data_time(INT64_C(4102444800000000))),
                &diag, NULL));
}

static void start(struct world *world)
{
    const struct kit_worker worker = {
        .database = world->database, .broker = fixture_broker(), .var = world->var, .log = world->log};
    world->pid = kit_worker_start(&worker);
    kit_wait_read(world->database);
}

static struct world *world_new(void)
{
    struct world *world = calloc(1, sizeof *world);
    world->database = fixture_database();
    world->var = fixture_scratch();
    world->pg = kit_connect(world->database);
    world->now_s = base_clock_now_us() / 1000000 - 2;
    snprintf(world->log, sizeof world->log, "%s/ingest.log", world->var);
    ok(ingest_publisher_new(fixture_broker(), fixture_unique(), &diag, &world->publisher));
    return world;
}

static void world_end(struct world *world)
{
    assert_int_equal(kit_worker_end(world->pid, SIGTERM), 0);
    ingest_publisher_free(world->publisher);
    PQfinish(world->pg);
    free(world);
}

static void send_at(struct world *world, struct source *source, const char *topic, const char *payload, int64_t now_s)
{
    AUTO_VALUE(base_buf) name;
    AUTO_VALUE(base_buf) text;
    base_buf_init(&name, 1000);
    base_buf_init(&text, 65536);
    fill(&name, topic, source->root, now_s);
    fill(&text, payload, source->root, now_s);
    ok(ingest_publisher_send(world->publisher, base_buf_cstr(&name), text.data, text.len, 1, false, &diag));
    source->sent++;
}

static void is_known(const struct row *row)
{
    static struct sensors_mappings *mappings;
    struct base_str name = base_str_of(row->format);
    if (!mappings) {
        ok(sensors_mappings_load(NULL, &diag, &mappings));
    }
    if (!sensors_format_find(name) && !sensors_mappings_find(mappings, name)) {
        fail_msg("there is no format %s", row->format);
    }
}

/* Each format has its rows. */
static void all_are_tried(void)
{
    for (size_t i = 0; sensors_format_at(i); i++) {
        size_t at = 0;
        while (at < BASE_COUNT(table) &&
               (!table[at].format || strcmp(table[at].format, sensors_format_at(i)->name) != 0)) {
            at++;
        }
        if (at == BASE_COUNT(table)) {
            fail_msg("format %s has no row here", sensors_format_at(i)->name);
        }
    }
}

/* --- looking for them --- */
static void add_hex(struct base_buf *text, struct base_str mark)
{
    for (size_t i = 0; i < mark.len; i++) {
        base_buf_printf(text, "%02x", (unsigned)(unsigned char)mark.at[i]);
    }
}

/* 'a','6162',... : as they were written, and as a column of bytes would show them. */
static void marks_list(struct base_buf *list, const char *marks)
{
    struct base_str rest = base_str_of(marks), mark;
    while (base_str_next(&rest, '|', &mark) && mark.len) {
        base_buf_printf(list, "%s(lower('%.*s')),('", list->len ? "," : "", (int)mark.len, mark.at);
        add_hex(list, mark);
        base_buf_text(list, "')");
    }
}

static void no_table_has(struct world *world, const char *marks)
{
    static char tables[65536];
    AUTO_VALUE(base_buf) sql;
    AUTO_VALUE(base_buf) list;
    base_buf_init(&sql, 1 << 20);
    base_buf_init(&list, 1 << 20);
    marks_list(&list, marks);
    if (!list.len) {
        return;
    }
    snprintf(tables, sizeof tables, "%s",
             kit_value(world->pg, "select string_agg(c.oid::regclass::text, E'\\n') from pg_class c where relkind in "
                                  "('r', 'm') and relnamespace not in ('pg_catalog'::regnamespace, "
                                  "'information_schema'::regnamespace) and relnamespace::regnamespace::text !~ "
                                  "'^pg_' and relname <> 'spatial_ref_sys'"));
    struct base_str rest = base_str_of(tables), table_name;
    while (base_str_next(&rest, '\n', &table_name)) {
        base_buf_reset(&sql);
        base_buf_printf(&sql,
                        "select coalesce(string_agg(distinct m, ' '), '') from (values %s) marks (m) where exists "
                        "(select from %.*s t where strpos(lower(t::text), m) > 0)",
                        base_buf_cstr(&list), (int)table_name.len, table_name.at);
        const char *found = kit_value(world->pg, base_buf_cstr(&sql));
        if (*found) {
            fail_msg("%.*s holds %s", (int)table_name.len, table_name.at, found);
        }
    }
}

static void no_log_has(const struct world *world, const char *marks)
{
    AUTO_VALUE(base_buf) log;
    base_buf_init(&log, 1 << 24);
    ok(base_file_read(world->log, 1 << 23, &diag, &log));
    struct base_str rest = base_str_of(marks), mark;
    while (base_str_next(&rest, '|', &mark)) {
        if (mark.len && memmem(log.data, log.len, mark.at, mark.len)) {
            fail_msg("%s holds %.*s", world->log, (int)mark.len, mark.at);
        }
    }
}

/* The search itself finds what is there: or it would always be content. */
static void the_search_finds(struct world *world)
{
    AUTO_VALUE(base_buf) list;
    base_buf_init(&list, 1000);
    marks_list(&list, "mk-planted|沪M9");
    kit_value(world->pg, "create table public.planted (a text, b bytea, c jsonb)");
    kit_value(world->pg,
              "insert into public.planted values ('x mk-PLANTED y', null, null), (null, 'mk-planted', null), "
              "(null, null, '{\"a\": [\"\\u6caaM9\"]}')");
    char sql[1000];
    snprintf(sql, sizeof sql,
             "select count(*) from (values %s) marks (m) join public.planted t on strpos(lower(t::text), m) > 0",
             base_buf_cstr(&list));
    assert_int_equal(kit_number(world->pg, sql), 3);
    kit_value(world->pg, "drop table public.planted");
}

/* --- tests --- */
static void send_table(struct world *world)
{
    struct source *source = NULL;
    size_t at = 0;
    for (size_t i = 0; i < BASE_COUNT(table); i++) {
        const struct row *row = &table[i];
        if (row->format) {
            source = &world->sources[at++];
        }
        send_at(world, source, row->topic, row->payload, world->now_s);
        source->dead += row->becomes == DEAD;
        source->events += row->becomes == EVENT;
    }
    ok(ingest_publisher_wait(world->publisher, 10000, &diag));
}

static void check_source(struct world *world, const struct source *source)
{
    char sql[300];
    snprintf(sql, sizeof sql, "select least(received, %lld) from hutong.source_stat where source_id = %lld",
             (long long)source->sent, (long long)source->id);
    until(world, sql, source->sent); /* what comes again is counted again */
    snprintf(sql, sizeof sql, "select dead from hutong.source_stat where source_id = %lld", (long long)source->id);
    if (kit_number(world->pg, sql) != source->dead) {
        snprintf(sql, sizeof sql, "select string_agg(reason, '; ') from dead_letter where source_id = %lld",
                 (long long)source->id);
        fail_msg("%s: not %lld dead letters: %s", source->name, (long long)source->dead, kit_value(world->pg, sql));
    }
    snprintf(sql, sizeof sql, "select stored from hutong.source_stat where source_id = %lld", (long long)source->id);
    if (kit_number(world->pg, sql) < source->events) {
        fail_msg("%s: %s events, fewer than %lld messages", source->name, kit_value(world->pg, sql),
                 (long long)source->events);
    }
}

static void nothing_is_kept_that_must_not_be(void **state)
{
    (void)state;
    struct world *world = world_new();
    all_are_tried();
    for (size_t i = 0; i < BASE_COUNT(table); i++) {
        if (table[i].format) {
            is_known(&table[i]);
            add_source(world, &table[i]);
        }
    }
    start(world);
    send_table(world);
    for (size_t i = 0; i < world->source_count; i++) {
        check_source(world, &world->sources[i]);
    }
    the_search_finds(world);
    for (size_t i = 0; i < BASE_COUNT(table); i++) {
        no_table_has(world, table[i].marks);
        no_log_has(world, table[i].marks);
    }
    world_end(world);
}

/* One plate, two gates, two months. */
static void a_plate_is_itself_for_a_month(void **state)
{
    (void)state;
    static const struct row gates = {.format = "anpr", .filter = "%s/#"};
    static const char payload[] = "{\"AlarmInfoPlate\":{\"serialno\":\"%s\",\"result\":{\"PlateResult\":{\"license\":"
                                  "\"沪M90060\",\"confidence\":97,"
                                  "\"triggerType\":4,\"timeStamp\":{\"Timeval\":{\"sec\":@S@,\"usec\":0}}}}}}";
    struct world *world = world_new();
    add_source(world, &gates);
    start(world);
    struct source *source = &world->sources[0];
    for (int gate = 0; gate < 2; gate++) {
        char text[sizeof payload + 16];
        snprintf(text, sizeof text, payload, gate ? "gate-2" : "gate-1");
        send_at(world, source, "%s/plate", text, world->now_s);
        send_at(world, source, "%s/plate", text, world->now_s - 35 * DAY);
    }
    ok(ingest_publisher_wait(world->publisher, 10000, &diag));
    until(world, "select count(*) from hutong.event where subject_type = 'plate'", 4);
    assert_string_equal(kit_value(world->pg, "select count(distinct subject) || ' ' || count(distinct station_id) from "
                                             "event where t_event > now() - interval '10 days'"),
                        "1 2");
    assert_string_equal(kit_value(world->pg, "select count(distinct subject) || ' ' || count(distinct station_id) from "
                                             "event"),
                        "2 2");
    assert_string_equal(kit_value(world->pg, "select string_agg(native_id, ' ' order by native_id) from device"),
                        "gate-1 gate-2");
    assert_int_equal(kit_number(world->pg, "select (select count(*) from asset_state) + (select count(*) from pass)"),
                     0);
    world_end(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_kept_that_must_not_be),
        cmocka_unit_test(a_plate_is_itself_for_a_month),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

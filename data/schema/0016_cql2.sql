-- What conditions made of filters (CQL2, geo/cql2_sql.c) call. None of them fails, whatever it is given: what has no
-- result is null. Their bodies are bound to what they name when they are made, so no search_path changes them.

-- --- numbers: float8 as C computes it; infinity and NaN are null ---
-- In plpgsql: planning cannot take them apart, and as arguments of one another they cost a fifth of what functions in
-- SQL do, which are then called and not inlined.
--
-- PostgreSQL raises an error where a result overflows. Scaled by powers of two, which costs no digit, the same
-- operation tells beforehand: a sum of two numbers of 1e291 and more (less cannot matter) by its half.
create function cql2_add(a double precision, b double precision) returns double precision
    immutable strict parallel safe language plpgsql as $$
begin
    return case when abs(a) < 1e291 or abs(b) < 1e291 or sign(a) <> sign(b)
                     then nullif(nullif(nullif(a + b, 'NaN'), 'Infinity'), '-Infinity')
                when abs(a) * 0.5 + abs(b) * 0.5 < 8.98846567431158e307 then a + b end; -- 2^1023
end $$;

create function cql2_subtract(a double precision, b double precision) returns double precision
    immutable strict parallel safe language sql
    return cql2_add(a, -b);

-- Overflow: a 2^-512 * b 2^-512 reaches 1. Underflow to zero, also an error to PostgreSQL: a b 2^1100 is at most 2^25.
create function cql2_multiply(a double precision, b double precision) returns double precision
    immutable strict parallel safe language plpgsql as $$
begin
    return case when abs(a) > 1 and abs(b) > 1 then
                    case when (abs(a) * 7.458340731200207e-155) * (abs(b) * 7.458340731200207e-155) < 1
                         then a * b end
                when abs(a) < 1 and abs(b) < 1 and least(abs(a), abs(b)) < 1e-150
                     and (least(abs(a), abs(b)) * 1.0715086071862673e301)
                         * (greatest(abs(a), abs(b)) * 1.2676506002282294e30) <= 33554432 then 0
                else nullif(nullif(nullif(a * b, 'NaN'), 'Infinity'), '-Infinity') end;
end $$;

-- Quotients beyond 2^1000 are tried 2^-1080 times as large, those below 2^-1000 2^1080 times.
create function cql2_divide(a double precision, b double precision) returns double precision
    immutable strict parallel safe language plpgsql as $$
begin
    return case when b = 0 then null
                when abs(a) > 1e-18 and abs(a) < 'Infinity' and abs(a) * 9.332636185032189e-302 > abs(b) then
                    case when (abs(a) * 2.778448436856347e-163) / (abs(b) * 3.599131035634557e162)
                              < 1.3877787807814457e-17 then a / b end
                when abs(b) > 1e-18 and abs(b) < 'Infinity' and abs(b) * 9.332636185032189e-302 > abs(a) then
                    case when (abs(a) * 3.599131035634557e162) / (abs(b) * 2.778448436856347e-163) <= 32
                         then 0 else a / b end
                else nullif(nullif(nullif(a / b, 'NaN'), 'Infinity'), '-Infinity') end;
end $$;

create function cql2_div(a double precision, b double precision) returns double precision
    immutable parallel safe language sql
    return trunc(cql2_divide(a, b));

create function cql2_modulo(a double precision, b double precision) returns double precision
    immutable parallel safe language sql
    return cql2_subtract(a, cql2_multiply(b, trunc(cql2_divide(a, b))));

-- The logarithm of the result tells whether it fits; close to the largest number, decimal arithmetic does.
create function cql2_power(a double precision, b double precision) returns double precision
    immutable strict parallel safe language plpgsql as $$
declare
    logarithm double precision;
begin
    if a = '-Infinity' and b < 0 then
        return 0;
    elsif a = 'NaN' or b = 'NaN' or (a = 0 and b < 0) or (a < 0 and b <> floor(b)) then
        return null;
    elsif abs(a) in (0, 1, 'Infinity') or abs(b) = 'Infinity' or abs(b) < 1e-20 then
        return nullif(nullif(power(a, b), 'Infinity'), '-Infinity');
    end if;
    logarithm := greatest(least(b, 1e20), -1e20) * ln(abs(a));
    if logarithm <= -745.13321910194 then
        return 0;
    elsif logarithm < 709.7827 or (logarithm < 709.7829
          and power(abs(a)::text::numeric, b::text::numeric) < power(2::numeric, 1024) - power(2::numeric, 970)) then
        return power(a, b);
    end if;
    return null;
end $$;

-- --- texts: what these two are is defined at the head of geo/cql2_fold.c ---
create function cql2_casei(x text) returns text
    immutable parallel safe language sql
    return case when octet_length(x) = length(x) then lower(x collate "C")
                else replace(replace(lower(upper(replace(replace(x, U&'\1E9E', 'ss'), U&'\0131', U&'\FDD0')
                                                 collate "und-x-icu")),
                                     U&'\03C2', U&'\03C3'), U&'\FDD0', U&'\0131') collate "C" end;

create function cql2_unmarked(x text) returns text
    immutable parallel safe language sql
    return translate(
        regexp_replace(normalize(x, nfd) collate "C",
                       '[\u0300-\u036F\u0483-\u0489\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061A'
                       '\u064B-\u065F\u0670\u06D6-\u06DC\u06DF-\u06E4\u06E7\u06E8\u06EA-\u06ED\u0711\u0730-\u074A'
                       '\u1AB0-\u1AFF\u1DC0-\u1DFF\u20D0-\u20FF\uFE20-\uFE2F]', '', 'g'),
        'ÐØðøĐđĦħıĿŀŁłŦŧƀƁƂƃƇƈƉƊƋƌƑƒƓƗƘƙƚƝƞƟƤƥƫƬƭƮƲƳƴƵƶǤǥȠȡȤȥȴȵȶȷȺȻȼȽȾȿɀɃɆɇɈɉɊɋɌɍɎɏɓɖɗɠɨɫɲɵɽʈʋᵽⱠⱡⱢⱣⱤⱥⱦⱾⱿ',
        'DOdoDdHhiLlLlTtbBBbCcDDDdFfGIKklNnOPptTtTVYyZzGgNdZzlntjACcLTszBEeJjQqRrYybddgilnortvpLlLPRatSZ');

create function cql2_accenti(x text) returns text
    immutable parallel safe language sql
    return case when octet_length(x) = length(x) then x collate "C"
                else normalize(
                    replace(replace(replace(replace(replace(replace(replace(replace(cql2_unmarked(x),
                        U&'\00C6', 'AE'), U&'\00E6', 'ae'), U&'\0152', 'OE'), U&'\0153', 'oe'),
                        U&'\1E9E', 'SS'), U&'\00DF', 'ss'), U&'\00DE', 'TH'), U&'\00FE', 'th'), nfc) collate "C" end;

-- --- instants and intervals ---
create function cql2_midnight(day date) returns timestamptz
    immutable parallel safe language sql
    return case when day > '294276-12-31' then 'infinity' else day::timestamp at time zone 'UTC' end;

create function cql2_first(span tstzrange) returns timestamptz
    immutable parallel safe language sql
    return case when lower_inf(span) then '-infinity' else lower(span) end;

create function cql2_last(span tstzrange) returns timestamptz
    immutable parallel safe language sql
    return case when upper_inf(span) then 'infinity' else upper(span) end;

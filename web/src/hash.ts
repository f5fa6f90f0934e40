// The address bar as a bookmark: #zoom/lat/lon/bearing/pitch&building=12 - the order map people know from OpenStreetMap.

export interface View { zoom: number; lat: number; lon: number; bearing: number; pitch: number }
export interface Place { view: View | null; building: number | null }

export function parseHash(hash: string): Place {
  const [where = '', ...rest] = hash.replace(/^#/, '').split('&');
  const numbers = where.split('/').map(Number);
  const [zoom, lat, lon, bearing = 0, pitch = 0] = numbers;
  const good = numbers.length >= 3 && numbers.every(Number.isFinite) && Math.abs(lat!) <= 85 && Math.abs(lon!) <= 180;
  const building = Number(new URLSearchParams(rest.join('&')).get('building'));
  return {
    view: good ? { zoom: zoom!, lat: lat!, lon: lon!, bearing, pitch } : null,
    building: Number.isSafeInteger(building) && building > 0 ? building : null,
  };
}

export function formatHash(view: View, building: number | null): string {
  const short = (value: number, digits: number) => String(Number(value.toFixed(digits)));
  const where = [short(view.zoom, 2), short(view.lat, 6), short(view.lon, 6), short(view.bearing, 1), short(view.pitch, 1)];
  return `#${where.join('/')}${building === null ? '' : `&building=${building}`}`;
}

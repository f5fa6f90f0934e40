// Bottom line: whose data this is and the map approval number - both must always be on a map screen.
import { t } from '../i18n.ts';
import { tileJson } from '../store.ts';

export function Credits() {
  const tiles = tileJson.value;
  if (!tiles) return null;
  const approval = tiles.approval ? t('map.approval', { no: tiles.approval }) : t(tiles.demo ? 'map.approval.demo' : 'map.approval.none');
  const source = plain(tiles.attribution ?? '');
  return <footer class="credits">{source && <span data-test="attribution">{source}</span>}<span data-test="approval">{approval}</span></footer>;
}

/** TileJSON allows HTML here; a wall screen needs its words only, and nothing that could load or run. */
function plain(html: string): string {
  return new DOMParser().parseFromString(html, 'text/html').body.textContent?.trim() ?? '';
}

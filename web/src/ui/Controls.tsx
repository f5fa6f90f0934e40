// Map buttons, bottom right: zoom, compass, tilt, 2D/3D, whole district.
import type { JSX } from 'preact';
import { t } from '../i18n.ts';
import { home, northUp, set3d, tiltBy, zoomBy } from '../map/view.ts';
import { camera, threeD } from '../store.ts';
import type { Key } from '../words.ts';

export function Controls() {
  const solid = threeD.value;
  return (
    <section class="controls" aria-label={t('map.controls')}>
      <Button word="map.home" press={() => home()}><path d="M4 11l8-7 8 7M6.5 9.5V20h11V9.5" /></Button>
      <button type="button" class="control is-text"
        title={t(solid ? 'map.to2d' : 'map.to3d')} data-test="dimension" onClick={() => set3d(!solid)}>{solid ? '2D' : '3D'}</button>
      <Button word="map.zoomin" press={() => zoomBy(1)}><path d="M12 5v14M5 12h14" /></Button>
      <Button word="map.zoomout" press={() => zoomBy(-1)}><path d="M5 12h14" /></Button>
      <Button word="map.north" press={northUp}>
        <g style={{ transform: `rotate(${-camera.value.bearing}deg)`, transformOrigin: 'center' }}>
          <path class="needle" d="M12 3l3.5 9h-7z" /><path d="M12 21l-3.5-9h7z" />
        </g>
      </Button>
      <Button word="map.pitchup" press={() => tiltBy(10)}><path d="M3 17h18L17 9H7z" /></Button>
      <Button word="map.pitchdown" press={() => tiltBy(-10)}><path d="M5 5h14v14H5z" /></Button>
    </section>
  );
}

function Button({ word, press, children }: { word: Key; press: () => void; children: JSX.Element | JSX.Element[] }) {
  return <button type="button" class="control" aria-label={t(word)} title={t(word)} onClick={press}>
    <svg viewBox="0 0 24 24" aria-hidden="true">{children}</svg>
  </button>;
}

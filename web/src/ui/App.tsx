// The screen's frame: the map fills it, panels float above.
import { useEffect } from 'preact/hooks';
import { select } from '../map/view.ts';
import { followedUnit, selectedBuilding } from '../store.ts';
import { Controls } from './Controls.tsx';
import { Credits } from './Credits.tsx';
import { DossierPanel } from './DossierPanel.tsx';
import { Header } from './Header.tsx';
import { Legend } from './Legend.tsx';
import { Following, Notices } from './Notices.tsx';
import { Sidebar } from './Sidebar.tsx';

export function App() {
  useEffect(() => {
    document.addEventListener('keydown', escape);
    return () => document.removeEventListener('keydown', escape);
  }, []);
  return (
    <>
      <main id="map" class="map" />
      <div class="vignette" aria-hidden="true" />
      <Header />
      <Sidebar />
      <Legend />
      <Controls />
      <DossierPanel />
      <Following />
      <Notices />
      <Credits />
    </>
  );
}

/** Escape closes what was opened last: first the dossier, then the following of a unit. */
function escape(event: KeyboardEvent): void {
  if (event.key !== 'Escape') return;
  if (selectedBuilding.value !== null) select(null);
  else followedUnit.value = null;
}

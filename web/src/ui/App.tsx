// The screen's frame: the sign-in page until somebody is in; then the map fills it, panels float above.
import { useEffect } from 'preact/hooks';
import { select } from '../map/view.ts';
import { isIn, may, purposeAsked, session } from '../session.ts';
import { followedUnit, selectedBuilding } from '../store.ts';
import { Controls } from './Controls.tsx';
import { Credits } from './Credits.tsx';
import { DossierPanel } from './DossierPanel.tsx';
import { Header } from './Header.tsx';
import { Legend } from './Legend.tsx';
import { Following, Notices, Waiting } from './Notices.tsx';
import { PurposeDialog } from './PurposeDialog.tsx';
import { Sidebar } from './Sidebar.tsx';
import { SignIn } from './SignIn.tsx';

export function App() {
  useEffect(() => {
    document.addEventListener('keydown', escape);
    return () => document.removeEventListener('keydown', escape);
  }, []);
  return (
    <>
      <main id="map" class="map" hidden={!isIn.value} />
      {isIn.value ? <Screens /> : session.value ? <SignIn /> : <Waiting />}
    </>
  );
}

function Screens() {
  return (
    <>
      <div class="vignette" aria-hidden="true" />
      <Header />
      {may('place') && <>
        <Sidebar />
        <Legend />
        <Controls />
        <DossierPanel />
        <Following />
      </>}
      <Notices />
      <Credits />
      <PurposeDialog />
    </>
  );
}

/** Escape closes what was opened last: first the dossier, then the following of a unit. */
function escape(event: KeyboardEvent): void {
  if (event.key !== 'Escape' || event.defaultPrevented || purposeAsked.value) return;
  if (selectedBuilding.value !== null) select(null);
  else followedUnit.value = null;
}

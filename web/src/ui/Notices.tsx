// What is missing or wrong, said plainly and with the way out; and whom the map follows.
import { callSign, t } from '../i18n.ts';
import { may } from '../session.ts';
import { followedUnit, hasBuildings, onDuty, serverAway, tileJson, tilesFailing, webglMissing } from '../store.ts';

/** Before the server has said who is signed in there is nothing else to show. */
export function Waiting() {
  return serverAway.value ? <Card title={t('away.title')} text={t('away.hint')} busy /> : <Card title={t('app.loading')} busy />;
}

export function Notices() {
  if (!may('place')) return <Card title={t('none.place')} text={t(may('audit') ? 'none.place.audit' : 'none.place.hint')} />;
  if (webglMissing.value) return <Card title={t('away.webgl')} />;
  if (serverAway.value || !tileJson.value) return <Waiting />;
  return (
    <div class="notices" role="status">
      {hasBuildings.value === false && !tilesFailing.value && <NoBuildings />}
      {tilesFailing.value && <div class="notice is-warn">{t('away.tiles')}</div>}
    </div>
  );
}

/** Only who runs the server is told the command. */
function NoBuildings() {
  return (
    <div class="notice" data-test="empty-buildings">
      <b>{t('empty.buildings')}</b>
      {may('operate') ? <><span>{t('empty.buildings.hint')}</span><code>{t('empty.buildings.cmd')}</code></> : <span>{t('empty.buildings.ask')}</span>}
    </div>
  );
}

function Card({ title, text, busy = false }: { title: string; text?: string; busy?: boolean }) {
  return <div class="card" role="status">{busy && <i class="spinner" aria-hidden="true" />}<b>{title}</b>{text && <span>{text}</span>}</div>;
}

export function Following() {
  const unit = followedUnit.value === null ? undefined : onDuty.value.get(followedUnit.value);
  if (!unit) return null;
  return (
    <div class="following" role="status">
      <span>{t('unit.following', { name: callSign(unit) })}</span>
      <button type="button" class="button" onClick={() => { followedUnit.value = null; }}>{t('unit.stop')}</button>
    </div>
  );
}

// What is missing or wrong, said plainly and with the way out; and whom the map follows.
import { callSign, t } from '../i18n.ts';
import { followedUnit, hasBuildings, onDuty, serverAway, tileJson, tilesFailing, webglMissing } from '../store.ts';

export function Notices() {
  if (webglMissing.value) return <Card title={t('away.webgl')} />;
  if (serverAway.value) return <Card title={t('away.title')} text={t('away.hint')} busy />;
  if (!tileJson.value) return <Card title={t('app.loading')} busy />;
  return (
    <div class="notices" role="status">
      {hasBuildings.value === false && !tilesFailing.value && <div class="notice" data-test="empty-buildings">
        <b>{t('empty.buildings')}</b><span>{t('empty.buildings.hint')}</span><code>{t('empty.buildings.cmd')}</code>
      </div>}
      {tilesFailing.value && <div class="notice is-warn">{t('away.tiles')}</div>}
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

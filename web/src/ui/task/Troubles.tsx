// What the server did not take, and why: the worker decides what becomes of it.
import { enumWord, t } from '../../i18n.ts';
import { again, drop, mine, type Waiting } from '../../task/queue.ts';

export function Troubles({ at }: { at: string }) {
  const some = mine().filter(({ key, trouble }) => key === at && trouble);
  return <>{some.map((one) => <Trouble key={one.n} one={one} />)}</>;
}

const nameOf = (one: Waiting) => one.step ? enumWord('task.step', one.step.name, null) : t(`task.photo.${one.photo!.kind}`);

function Trouble({ one }: { one: Waiting }) {
  return (
    <section class="note is-away" role="alert" data-test="trouble" data-trouble={one.trouble}>
      <b>{t('task.trouble', { what: nameOf(one) })}</b>
      <p>{t(`task.trouble.${one.trouble!}`)}</p>
      <div class="row">
        {one.trouble !== 'wrong' && <button type="button" class="small" data-test="again" onClick={() => void again(one)}>{t('task.again')}</button>}
        <button type="button" class="small" data-test="drop" onClick={() => void drop(one)}>{t('task.drop')}</button>
      </div>
    </section>
  );
}

// What a step needs to be told, asked over the page: reasons to choose from, a text, a day.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { TargetedSubmitEvent } from 'preact';
import { t } from '../../i18n.ts';

const NOTE_MAX = 1000;

interface Told { note?: string; choice?: string; day?: string }
interface Props {
  title: string;
  close: () => void;
  send: (told: Told) => Promise<void>;
  fields?: { note: string };
  choices?: Array<{ code: string; word: string }>;
  day?: string;
  optional?: boolean;
}

const today = () => new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 10);

export function Sheet({ title, close, send, fields, choices, day, optional = false }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [missing, setMissing] = useState(false);
  useEffect(() => { dialog.current?.showModal(); }, []);
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget), value = (name: string) => String(data.get(name) ?? '').trim();
    const told = { note: value('note'), choice: value('choice'), day: value('day') };
    const lacks = (fields && !optional && !told.note) || (choices && !told.choice) || (day && !told.day);
    setMissing(Boolean(lacks));
    if (!lacks) void send(told);
  };
  return (
    <dialog ref={dialog} class="sheet" aria-labelledby="sheet-title" onClose={close} data-test="sheet">
      <form onSubmit={submit} noValidate>
        <h2 id="sheet-title">{title}</h2>
        {choices?.map(({ code, word }) => <label key={code} class="choice"><input type="radio" name="choice" value={code} /><span>{word}</span></label>)}
        {day && <label class="field"><span>{day}</span><input type="date" name="day" min={today()} /></label>}
        {fields && <label class="field"><span>{fields.note}</span><textarea name="note" rows={3} maxLength={NOTE_MAX} /></label>}
        <p class="problem" role="alert">{missing ? t('task.missing') : ''}</p>
        <button type="submit" class="big is-main" data-test="send">{t('task.send')}</button>
        <button type="button" class="big is-quiet" onClick={close}>{t('task.cancel')}</button>
      </form>
    </dialog>
  );
}

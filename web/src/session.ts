// Who is signed in, what they may look at, and why they said they look. The server decides; the page only avoids asking
// for what it would be refused, and says in words what is missing.
import { computed, signal } from '@preact/signals';
import { HttpError, deleteSession, getSession, onRefused, postSession, putPurpose, type Credentials, type Look, type Session } from './api.ts';
import { visible } from './store.ts';

export const PURPOSES = ['duty_command', 'incident', 'inspection', 'complaint', 'maintenance'] as const;

const WATCH_MS = 30_000;
const ENDED_KEY = 'hutong.ended';

/** Null until the server has answered for the first time. */
export const session = signal<Session | null>(null);
export const isIn = computed(() => session.value?.signed_in === true || session.value?.open === true);
export const purposeAsked = signal(false);   // the dialog is open

/** Whether the signed-in role has this look, at any estate. */
export function may(look: Look): boolean {
  const estates = session.value?.looks?.[look];
  return Array.isArray(estates) ? estates.length > 0 : estates === true;
}

export const purposeMissing = computed(() => session.value?.purpose_needed === true);
/** Live positions: the role has them, and the reason has been given. */
export const seesUnits = computed(() => isIn.value && may('unit') && !purposeMissing.value);

/** Zones and devices say much that only the duties' overlay shows. */
const showsDuties = computed(() => visible.value.duties);

/** What the page follows: never more than the role may see and the reason covers, else all of it would be refused. */
export const topics = computed(() => !isIn.value ? '' :
  [seesUnits.value && 'assets', may('record') && 'buildings', showsDuties.value && may('record') && 'zones',
    showsDuties.value && may('device') && 'devices', may('incident') && 'incidents'].filter(Boolean).join());

let signedIn = 0;

/** Throws when the server cannot be reached. An answer that was asked for before somebody signed in is of nobody: it is passed over. */
export async function learnSession(): Promise<void> {
  const before = signedIn;
  const next = await getSession();
  if (before === signedIn) adopt(next);
}

let checking: Promise<void> | null = null;

/** Asked whenever something was refused, and now and then; many at once are one. A server that is away changes nothing. */
export function checkSession(): Promise<void> {
  checking ??= learnSession().catch(() => undefined).finally(() => { checking = null; });
  return checking;
}

/** What another person, or the same one with other rights, left in this page's memory must go: the page starts anew. The
 *  address keeps place and building, so whoever signs in again is back where they were. */
function adopt(next: Session): void {
  const known = session.peek();
  if (known && identity(known) !== identity(next)) {
    if (isIn.peek() && !next.signed_in) remember();
    location.reload();
    return;
  }
  session.value = next;
}

const identity = ({ open, signed_in, name, roles, looks }: Session) => JSON.stringify([open, signed_in, name, roles, looks]);

export function watchSession(): void {
  onRefused(() => void checkSession());
  setInterval(() => void checkSession(), WATCH_MS);
  addEventListener('focus', () => void checkSession());
}

export async function signIn(credentials: Credentials): Promise<void> {
  const entered = await postSession(credentials);
  signedIn += 1;
  session.value = entered;
  purposeAsked.value = purposeMissing.peek();
}

/** Nothing of what was seen stays in memory, and the address no longer says where that was. */
export async function signOut(): Promise<void> {
  try {
    await deleteSession(csrf());
  } catch (error) {
    if (!(error instanceof HttpError) || error.status !== 401) throw error;   // ended already: just as good
  }
  history.replaceState(null, '', location.pathname);
  location.reload();
}

export async function savePurpose(purpose: string): Promise<void> {
  try {
    await putPurpose(purpose, csrf());
  } catch (error) {
    if (error instanceof HttpError && (error.status === 401 || error.status === 403)) await checkSession();
    throw error;
  }
  await learnSession();
}

const csrf = () => session.peek()?.csrf ?? '';

function remember(): void {
  try {
    sessionStorage.setItem(ENDED_KEY, '1');
  } catch {
    // storage may be forbidden: the sign-in page then does not say why it is there
  }
}

/** True once after a session ended by itself. */
export function endedByItself(): boolean {
  try {
    const ended = sessionStorage.getItem(ENDED_KEY) !== null;
    sessionStorage.removeItem(ENDED_KEY);
    return ended;
  } catch {
    return false;
  }
}

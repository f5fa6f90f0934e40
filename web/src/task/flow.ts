// What may be done to a task, and what becomes of it - for steps that the server has not been told yet: without a network the
// worker goes on, and the server has the last word. The same rows as incident_move (docs/incidents.md), of who carries out.
import type { IncidentState } from '../incident.ts';

export type Step = 'accept' | 'refuse' | 'arrive' | 'pause' | 'resume' | 'resolve' | 'plan' | 'feed_back';

/** From where, and to where; '*': to the state before the pause. */
export const FLOW: Readonly<Record<Step, readonly [from: readonly IncidentState[], to: IncidentState | '*']>> = {
  accept: [['dispatched'], 'accepted'],
  refuse: [['dispatched'], 'filed'],
  arrive: [['dispatched', 'accepted'], 'on_site'],
  pause: [['dispatched', 'accepted', 'on_site'], 'paused'],
  resume: [['paused'], '*'],
  resolve: [['on_site'], 'resolved'],
  plan: [['on_site'], 'resolved'],
  feed_back: [['resolved'], 'fed_back'],
};

export interface Stand { state: IncidentState; before?: IncidentState | null }

export function after(stand: Stand, step: Step): Stand {
  const [, to] = FLOW[step];
  if (step === 'pause') return { state: 'paused', before: stand.state };
  return to === '*' ? { state: stand.before ?? 'dispatched' } : { state: to };
}

export const may = (stand: Stand, step: Step): boolean => FLOW[step][0].includes(stand.state);

/** How far a task is: 0 sent, 1 accepted, 2 there, 3 done, 4 reported back. A pause stands where it was begun. */
export function progress({ state, before }: Stand): number {
  const at: Partial<Record<IncidentState, number>> = { dispatched: 0, accepted: 1, on_site: 2, resolved: 3, fed_back: 4, verified: 4, closed: 4 };
  return at[state === 'paused' ? before ?? 'dispatched' : state] ?? 0;
}

import { formatDuration } from '../rollout/duration.ts';
import type { Live } from '../rollout/live.ts';
import { resourceName } from '../rollout/resource.ts';
import { ageWords } from './age.ts';
import { clean, clockTime } from './text.ts';
import type { HeaderView } from './view.ts';

/** Where we look, who acts there, and how old the picture is. */
export function headerOf(live: Live): HeaderView {
  const { place, connection } = live;
  const decider = live.observation?.set.decidedBy;
  return {
    subject: clean(`sts/${place.name}`),
    namespace: clean(place.namespace),
    statefulSet: clean(place.name),
    decidedBy: decider === undefined ? null : resourceName(clean(decider)),
    context: clean(place.context),
    server: clean(place.server),
    role: live.role,
    hands: hands(live),
    connection: connection.state,
    connectionWords: connectionWords(live),
  };
}

function hands(live: Live): string {
  if (live.role === 'executor') return 'executing here';
  if (live.holder === null) return 'watching, nobody executes';
  return `watching, ${clean(live.holder.identity)} executes`;
}

/** Silence that is longer than between two bookmarks of a watch is worth a word. */
const QUIET_MS = 90_000;

function connectionWords(live: Live): string {
  const { state, heardAt, detail } = live.connection;
  // the API server marks a watch on which nothing happens each minute or so
  if (state === 'live') return live.at - heardAt < QUIET_MS ? 'live' : `live, heard ${ageWords(heardAt, live.at)} ago`;
  const why = detail === null ? '' : ` (${clean(detail)})`;
  if (state === 'connecting' && live.observation === null) return `connecting${why}`;
  const age = `last update ${formatDuration(Math.round((live.at - heardAt) / 1000) * 1000)} ago`;
  // an executor that is blind does nothing, whatever keys are pressed
  const still = live.role === 'executor' ? `, not acting since ${clockTime(heardAt)}` : '';
  return `${age}${still}, reconnecting${why}`;
}

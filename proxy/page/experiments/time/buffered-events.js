import { variants } from '../conf.js';
import { time } from '../draw/figure.js';
import { lanes } from '../draw/lanes.js';
import * as needs from '../needs.js';

const CONF = variants({ on: 'proxy_buffering on;', off: 'proxy_buffering off;' });

const EVENTS = 4;
const PAUSE = 300;

/** The time within which an event counts as sent on at once, in ms. */
const AT_ONCE = 200;

export default {
    ask: {
        question: `The app sends ${EVENTS} events, one each ${PAUSE} ms. proxy_buffering is on, as it is unless you say something else. When does the browser get the first one?`,
        answers: {
            once: 'At once',
            end: 'With the last one, when the app has finished',
            app: 'At once, if the app asks for it in a header',
        },
    },
    steps: [
        'Two locations are added: one with proxy_buffering on, one with off.',
        `This page asks for ${EVENTS} events through each, and once more with buffering on while the app sends X-Accel-Buffering: no.`,
        'It notes when each part of the response arrives here.',
    ],
    needs: [needs.app, needs.edit],
    run: (lab) => lab.withLocations(CONF, async () => {
        const path = `sse?count=${EVENTS}&interval=${PAUSE / 1000}`;
        const rows = [];
        for (const [label, target] of [
            ['proxy_buffering on', `/experiment/on/${path}&hint=off`],
            ['proxy_buffering off', `/experiment/off/${path}&hint=off`],
            ['on, and the app sends X-Accel-Buffering: no', `/experiment/on/${path}`],
        ]) {
            lab.say(`taking events: ${label}`);
            const got = await lab.stream(target);
            const events = arrivals(got);
            lab.need(got.status === 200 && events.length === EVENTS, `${label}: the answer was ${got.status} with ${events.length} of ${EVENTS} events`);
            rows.push({ label, dots: events, value: `first ${time(events[0])}`, id: (await lab.newest(target)).id });
        }
        const [on, off, hinted] = rows.map(({ dots }) => dots[0]);
        const held = on > (EVENTS - 1) * PAUSE - AT_ONCE;
        lab.need(held !== (on < AT_ONCE), `the first event came after ${time(on)}, neither at once nor at the end: the machine may be busy`);
        return {
            answer: held ? 'end' : 'once',
            verdict: `The first event came after ${time(on)} with buffering, after ${time(off)} without, and after ${time(hinted)} where the app asked for it.`,
            figures: [lanes('When each event arrived in this page; one dot is one event', rows)],
            why: 'With buffering, the proxy gathers a response until a buffer is full or the response ends. That frees the app from slow clients, and it delays what comes in'
                + ' drops. "proxy_buffering off" ends that for a location; the app ends it for one response by X-Accel-Buffering: no.',
            conf: CONF,
        };
    }),
};

/** When each event was there: several may come in one part. */
function arrivals({ times, parts }) {
    return parts.flatMap((part, i) => (part.match(/^id: /gm) ?? []).map(() => times[i]));
}

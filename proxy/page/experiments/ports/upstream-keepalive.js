import { HOST } from '../conf.js';
import { ends, note } from '../draw/figure.js';
import { bars, counted } from '../draw/lanes.js';
import { lastTry } from '../evidence.js';
import * as needs from '../needs.js';

const CONF = `location /experiment/kept/ {
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    ${HOST}
    proxy_pass http://app/;
}
location /experiment/closed/ {
    proxy_http_version 1.1;
    proxy_set_header Connection close;
    ${HOST}
    proxy_pass http://app/;
}`;

const TIMES = 40;

/** Both take their connections out of the same pool, so each has a row of its own. */
const IN_ROW = 10;

export default {
    ask: {
        question: `${TIMES} requests pass the proxy, one after the other. "upstream app" has "keepalive 32". How many connections to the app are made?`,
        answers: { few: 'One, or a few', each: `${TIMES}`, pool: '32' },
    },
    steps: [
        'Two locations are added: one that keeps its connections to the app, and one that closes each (Connection: close).',
        `${TIMES} requests go through each, ${IN_ROW} in a row, by turns.`,
        'What the proxy recorded says which of them needed a new connection; the kernel’s table says how many closed ones are left in TIME_WAIT.',
    ],
    needs: [needs.app, needs.edit, needs.sockets],
    run: (lab) => lab.withLocations(CONF, async () => {
        const { to } = await lab.send('/healthz', { via: 'direct' });
        const before = await waiting(lab, to);
        lab.say(`${TIMES} requests through each location`);
        const turns = await lab.turns(TIMES, { kept: ['/experiment/kept/healthz', {}], closed: ['/experiment/closed/healthz', {}] }, IN_ROW);
        const ways = {};
        for (const [name, sent] of Object.entries(turns)) {
            const ids = new Set(sent.map(({ id }) => id));
            const records = (await lab.recorded(`/experiment/${name}/healthz`)).filter(({ id }) => ids.has(id));
            lab.need(records.length === TIMES, `the proxy recorded ${records.length} of ${TIMES} requests`);
            const fresh = records.filter((exchange) => !lastTry(exchange).reused);
            ways[name] = { id: sent.at(-1).id, fresh: fresh.length, ms: records.reduce((sum, exchange) => sum + lastTry(exchange).connectMs, 0) };
        }
        const after = await waiting(lab, to);
        const { kept, closed } = ways;
        const row = (label, way, value, who) => ({ label, value, who, id: way.id });
        return {
            answer: kept.fresh === TIMES ? 'each' : kept.fresh === 32 ? 'pool' : kept.fresh <= TIMES / 4 ? 'few' : undefined,
            verdict: `Kept, ${TIMES} requests needed ${kept.fresh} new connections; closed, ${closed.fresh}.${
                after === null ? '' : ` ${after - before} more sockets of the app’s port are in TIME_WAIT than before.`}`,
            figures: [
                bars(`New connections for ${TIMES} requests`, [row('kept', kept, kept.fresh, 'connect'), row('closed after each', closed, closed.fresh, 'connect')], { format: counted }),
                bars(`Time spent on connecting to the app, all ${TIMES} together`, [row('kept', kept, kept.ms, 'connect'), row('closed after each', closed, closed.ms, 'connect')]),
                after === null || before === null ? note('How many sockets are in TIME_WAIT cannot be said: the kernel’s table has more connections than are listed.')
                    : bars(`Sockets of port ${ends(to)[1]} in TIME_WAIT, in the kernel’s table here`, [
                        { label: 'before', value: before, who: 'failed' }, { label: 'after', value: after, who: 'failed' },
                    ], { format: counted }),
            ],
            why: 'A new connection costs a round trip, and leaves a port in TIME_WAIT for a minute at the end that closed first (in Docker that is the app’s container, whose table is not this one). Between machines the'
                + ' round trip is what you notice.',
            conf: CONF,
        };
    }),
};

/** How many sockets that were connected to this address wait for stray packets; null if not all are listed. */
async function waiting(lab, address) {
    const { connections, unlisted } = await lab.sockets();
    const port = ends(address)[1];
    return unlisted ? null : connections.filter(({ state, local, remote }) => state === 'TIME_WAIT' && [local, remote].some((end) => ends(end)[1] === port)).length;
}

import { HOST } from '../conf.js';
import { bars, counted } from '../draw/lanes.js';
import { ends } from '../draw/figure.js';
import { lastTry } from '../evidence.js';
import * as needs from '../needs.js';

const TIMES = 40;

/** The same servers as the app's, without keepalive. */
const upstream = (servers) => `upstream experiment {
    zone experiment 64k;
${servers.map((line) => `    ${line}`).join('\n')}
}`;

const location = (name, to, connection) => `location /experiment/${name}/ {
    proxy_http_version 1.1;
    proxy_set_header Connection ${connection};
    ${HOST}
    proxy_pass http://${to}/;
}`;

export default {
    ask: {
        question: `${TIMES} requests of one client pass the proxy, one after the other. "upstream app" has "keepalive 32". How many connections to the app are made?`,
        answers: { few: 'One, or a few', each: `${TIMES}, one for each`, pool: '32' },
    },
    steps: [
        'A second upstream with the app’s servers is added, without keepalive, and a location for each of the two.',
        `This page sends ${TIMES} requests through each location, by turns.`,
        'What the proxy recorded says which of them needed a new connection; the kernel’s table says how many sockets of the app’s port are left in TIME_WAIT.',
    ],
    needs: [needs.app, needs.edit, needs.sockets],
    async run(lab) {
        const { to } = await lab.send('/healthz', { via: 'direct' });
        const before = await waiting(lab, to);
        const { files } = await lab.call('GET', 'config');
        const servers = /^[ \t]*upstream app \{([^}]*)\}/m.exec(files[0].text)[1].match(/^\s*server\s[^;]*;/gm).map((line) => line.trim());
        const http = upstream(servers);
        const locations = `${location('kept', 'app', '""')}\n${location('closed', 'experiment', 'close')}`;
        return lab.withServer({ http, locations }, async () => {
            lab.say(`${TIMES} requests through each location`);
            for (let i = 0; i < TIMES; i++) {
                for (const name of ['kept', 'closed']) {
                    lab.needStatus(await lab.fetch(`/experiment/${name}/healthz`), 200, `request ${i + 1} with connections ${name}`);
                }
            }
            const kept = await seen(lab, 'kept');
            const closed = await seen(lab, 'closed');
            const after = await waiting(lab, to);
            const row = (label, way, value) => ({ label, value, who: 'connect', id: way.id });
            return {
                answer: kept.fresh === TIMES ? 'each' : kept.fresh === 32 ? 'pool' : kept.fresh <= TIMES / 4 ? 'few' : undefined,
                verdict: `New connections for ${TIMES} requests: with keepalive ${kept.fresh}, without ${closed.fresh}. Sockets of the app’s port in TIME_WAIT in the kernel’s table here: ${after} now, ${before} before.`,
                figures: [
                    bars(`New connections for ${TIMES} requests`, [row('with keepalive', kept, kept.fresh), row('without', closed, closed.fresh)], { format: counted }),
                    bars(`Time spent on connecting to the app, all ${TIMES} together`, [row('with keepalive', kept, kept.ms), row('without', closed, closed.ms)]),
                    bars(`Sockets of port ${ends(to)[1]} in TIME_WAIT, in the kernel’s table here`, [
                        { label: 'before', value: before, who: 'failed' }, { label: 'after', value: after, who: 'failed' },
                    ], { format: counted }),
                ],
                why: 'A new connection costs a round trip, and leaves its socket in TIME_WAIT for a minute at the end that closed first (in Docker that may be the app’s container, whose table is not'
                    + ' this one). Between machines the round trip is what you notice.',
                conf: `${http}\n\n${locations}`,
            };
        });
    },
};

/** What the proxy recorded of one location's requests. */
async function seen(lab, name) {
    const records = await lab.recorded(`/experiment/${name}/healthz`);
    lab.need(records.length === TIMES, `the proxy recorded ${records.length} of ${TIMES} requests`);
    return {
        id: records[0].id,
        fresh: records.filter((exchange) => !lastTry(exchange).reused).length,
        ms: records.reduce((sum, exchange) => sum + lastTry(exchange).connectMs, 0),
    };
}

/** How many sockets that were connected to this port wait for stray packets. */
const waiting = async (lab, address) => (await lab.sockets(ends(address)[1])).states.TIME_WAIT ?? 0;

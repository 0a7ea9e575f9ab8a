import { time } from '../draw/figure.js';
import { lanes } from '../draw/lanes.js';
import { HOST } from '../conf.js';
import { answered } from '../evidence.js';
import * as needs from '../needs.js';

const SENT = 8;

const zone = (name) => `limit_req_zone $binary_remote_addr zone=experiment_${name}:1m rate=2r/s;`;
const LINES = { plain: '', burst: ' burst=3', nodelay: ' burst=3 nodelay' };

const HTTP = Object.keys(LINES).map(zone).join('\n');
const LOCATIONS = Object.entries(LINES).map(([name, more]) => `location /experiment/${name}/ {
    limit_req zone=experiment_${name}${more};
    limit_req_status 429;
    ${HOST}
    proxy_pass http://app/;
}`).join('\n');

export default {
    ask: {
        question: `limit_req with rate=2r/s burst=3 nodelay. A client sends ${SENT} requests at once. How many are let through?`,
        answers: { 4: '4: one, and the burst of three', 2: '2, as the rate says', 8: `all ${SENT}: they wait for their turn`, 1: 'only 1' },
    },
    steps: [`${SENT} requests are sent at once to each of three locations: rate alone, with burst=3, and with burst=3 nodelay.`, 'Each answer’s status and time are drawn.'],
    needs: [needs.app, needs.edit],
    run: (lab) => lab.withServer({ http: HTTP, locations: LOCATIONS }, async () => {
        const rows = [];
        for (const [name, more] of Object.entries(LINES)) {
            const began = performance.now();
            const sent = await Promise.all(Array.from({ length: SENT }, () => lab.send(`/experiment/${name}/healthz`)));
            lab.need(sent.every((each) => [200, 429].includes(each.status)), `answers were ${sent.map((each) => each.said).join(', ')}`);
            // at 2 a second, one more place becomes free after half a second
            const through = sent.filter((each) => each.status === 200).length;
            lab.need(name === 'burst' || performance.now() - began < 500 || through === (name === 'plain' ? 1 : 4),
                `the ${SENT} requests did not come at once, but within ${time(performance.now() - began)}: the machine may be busy`);
            rows.push({ label: `rate=2r/s${more}`, sent, through: sent.filter((each) => each.status === 200) });
        }
        const refused = rows[2].sent.find((each) => each.status === 429);
        const why = refused ? answered(await lab.exchange(refused.id)) : null;
        return {
            answer: String(rows[2].through.length),
            verdict: `${rows.map((row) => `${row.label}: ${row.through.length} of ${SENT}`).join('; ')}.${why ? ` Of the others the proxy says: ${why}.` : ''}`,
            figures: [lanes('The answers by their time: those let through as bars, refused ones as dots', rows.map((row) => ({
                label: row.label, value: `${row.through.length} × 200, ${SENT - row.through.length} × 429`, id: row.through.at(-1)?.id,
                bars: row.through.map((each) => ({ from: 0, to: each.ms, who: 'app', text: '200 after' })), dots: row.sent.filter((each) => each.status === 429).map((each) => each.ms),
            })))],
            why: 'The zone counts by a key, here the client’s address: behind a load balancer without real_ip all clients are one address and share one limit. burst is a queue: without nodelay its requests wait for their turn (half a second each, at 2r/s); with it they pass at once, and their places become free at the rate. 503 unless limit_req_status says 429.',
            conf: `${HTTP}\n\n${LOCATIONS}`,
        };
    }),
};

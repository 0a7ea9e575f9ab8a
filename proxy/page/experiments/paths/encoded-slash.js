import { HOST } from '../conf.js';
import { cuts } from '../draw/cut.js';
import { targets } from '../evidence.js';
import * as needs from '../needs.js';

const CONF = `location /experiment/asis/ {
    ${HOST}
    proxy_pass http://app;
}
location /experiment/cut/ {
    ${HOST}
    proxy_pass http://app/;
}`;

const REST = 'anything/a%2Fb//c%20d';

export default {
    ask: {
        question: `A client asks for /experiment/cut/${REST}, and proxy_pass has a URI (http://app/). Does the app still get %2F and the two slashes?`,
        answers: { both: 'yes, both as they came', none: 'no: %2F has become a slash, and slashes next to each other are one', encoded: 'it gets %2F, but one slash' },
    },
    steps: ['The same path is asked for in two locations: proxy_pass without a URI, and with one.', 'The request lines are read where they came in and where they left.'],
    needs: [needs.app, needs.edit],
    run: (lab) => lab.withLocations(CONF, async () => {
        const rows = [];
        for (const [name, label] of [['asis', 'proxy_pass http://app;'], ['cut', 'proxy_pass http://app/;']]) {
            const sent = await lab.send(`/experiment/${name}/${REST}`);
            const { came, left } = targets(await lab.exchange(sent.id));
            lab.need(left !== null, `no request left the proxy: ${sent.said}`);
            rows.push({ label, came, left, id: sent.id, tone: left.endsWith(REST) ? 'ok' : 'not', then: left.endsWith(REST) ? 'untouched' : 'written anew' });
        }
        const { left } = rows[1];
        return {
            answer: left.includes('%2F') ? (left.includes('//') ? 'both' : 'encoded') : left.includes('//') ? undefined : 'none',
            verdict: `With a URI in proxy_pass, ${rows[1].came} left as ${left}. Without, it left as ${rows[0].left}.`,
            figures: [cuts('The path as it came, and as it left', rows)],
            why: 'To choose a location nginx decodes the path and merges slashes (merge_slashes). If proxy_pass has a URI, the app gets this normalized path, encoded anew; without one it gets what the client sent. Apps that have slashes in names (object stores, package registries) need proxy_pass without a URI.',
            conf: CONF,
        };
    }),
};

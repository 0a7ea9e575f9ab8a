import { HOST } from '../conf.js';
import { fields } from '../evidence.js';
import { table } from '../draw/tables.js';
import * as needs from '../needs.js';

const ALLOW = 'Access-Control-Allow-Origin';
const LINES = {
    both: 'add_header Access-Control-Allow-Origin * always;',
    hidden: 'proxy_hide_header Access-Control-Allow-Origin; add_header Access-Control-Allow-Origin * always;',
    error: 'proxy_hide_header Access-Control-Allow-Origin; add_header Access-Control-Allow-Origin *;',
};

const CONF = Object.entries(LINES).map(([name, line]) => `location /experiment/${name}/ {
    ${line.replace('; ', ';\n    ')}
    ${HOST}
    proxy_pass http://app/;
}`).join('\n');

export default {
    ask: {
        question: 'The app sets Access-Control-Allow-Origin, and so does the proxy with add_header. What does a browser make of the answer?',
        answers: { refuses: 'it refuses it: there must be just one value', first: 'it takes the first one', fine: 'it is fine: both allow it' },
    },
    steps: ['The app, which sets the header for origins that it knows, is asked through three locations: one adds the header, one hides the app’s and adds it, and one does that without “always”, and is asked for an error.',
        'The lines of the header that reach the client are counted. A browser takes a response only if there is exactly one value (Fetch standard, CORS check).'],
    needs: [needs.app, needs.edit],
    run: (lab) => lab.withLocations(CONF, async () => {
        const rows = [];
        for (const [name, path] of [['both', 'headers'], ['hidden', 'headers'], ['hidden', 'status/500'], ['error', 'status/500']]) {
            const sent = await lab.send(`/experiment/${name}/${path}`, { headers: [['Origin', `http://${window.location.hostname}:3000`]] });
            lab.need(sent.status === (path === 'headers' ? 200 : 500), `/${path} was answered with ${sent.said}`);
            const own = fields(await lab.exchange(sent.id), 'fromUpstream');
            lab.need(Object.keys(own).some((each) => each.toLowerCase() === ALLOW.toLowerCase()) || path !== 'headers', `the app itself did not set ${ALLOW}`);
            const values = sent.received.filter(([field]) => field.toLowerCase() === ALLOW.toLowerCase()).map(([, value]) => value);
            rows.push({ label: LINES[name], id: sent.id, count: values.length, tone: values.length === 1 ? 'ok' : 'not', cells: [sent.said, values.join(' and ') || null, values.length === 1 ? 'may be read' : 'is refused by the browser'] });
        }
        return {
            answer: rows[0].count === 2 ? 'refuses' : rows[0].count === 1 ? 'fine' : undefined,
            verdict: `Values with add_header alone: ${rows[0].count}; with the app’s hidden: ${rows[1].count}. On an error without “always”: ${rows[3].count || 'none'}.`,
            figures: [table(`${ALLOW} as it reaches the client`, ['status', 'value', 'the response'], rows)],
            why: 'add_header adds to what the app has set. And without “always” it adds only to 200, 201, 204, 206, 301, 302, 303, 304, 307 and 308, so the page sees a “CORS error” where the app has failed.',
            conf: CONF,
        };
    }),
};

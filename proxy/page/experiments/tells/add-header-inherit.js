import { HOST } from '../conf.js';
import { table } from '../draw/tables.js';
import * as needs from '../needs.js';

const CONF = `location /experiment/outer/ {
    add_header X-Robots-Tag noindex;
    add_header Permissions-Policy "camera=()";
    proxy_pass http://app/;
    ${HOST}
    location /experiment/outer/plain/ {
        proxy_pass http://app/;
    }
    location /experiment/outer/own/ {
        add_header X-Own yes;
        proxy_pass http://app/;
    }
}`;

const NAMES = ['X-Robots-Tag', 'Permissions-Policy', 'X-Own'];

export default {
    ask: {
        question: 'Two headers are set for a whole location. A location inside it adds one more header of its own. Which headers does a response from there have?',
        answers: { all: 'all three', own: 'only its own', outer: 'only the two from outside' },
    },
    steps: ['One location with two add_header lines gets two locations inside: one without add_header, one with.', 'Both are asked, and the responses’ headers are read.'],
    needs: [needs.app, needs.edit],
    run: (lab) => lab.withLocations(CONF, async () => {
        const rows = [];
        for (const [name, label] of [['plain', 'inside, without add_header'], ['own', 'inside, with add_header X-Own']]) {
            const sent = lab.needStatus(await lab.send(`/experiment/outer/${name}/healthz`), 200);
            rows.push({ label, id: sent.id, cells: NAMES.map((header) => sent.header(header) ?? null) });
        }
        const has = rows[1].cells.map(Boolean);
        const lost = NAMES.filter((name, i) => rows[0].cells[i] && !rows[1].cells[i]);
        return {
            answer: has.every(Boolean) ? 'all' : has[2] && !has[0] && !has[1] ? 'own' : !has[2] && has[0] && has[1] ? 'outer' : undefined,
            verdict: lost.length ? `The location with a line of its own lost ${lost.join(' and ')}.` : 'Nothing was lost.',
            figures: [table('Headers of the response', NAMES, rows)],
            why: 'Lists such as add_header and proxy_set_header are inherited as a whole, and only by a level that has none of its own. Repeat the lines, or keep them in a file to include.',
            conf: CONF,
        };
    }),
};

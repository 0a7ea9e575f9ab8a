import { table } from '../draw/tables.js';
import * as needs from '../needs.js';

const CONF = `location = /experiment/img/logo.png     { return 200 "="; }
location /experiment/img/               { return 200 "prefix"; }
location ^~ /experiment/img/fixed/      { return 200 "^~"; }
location ~ \\.png$                       { return 200 "regex"; }
location /experiment/img/large/         { return 200 "longer prefix"; }`;

const PATHS = ['/experiment/img/a.txt', '/experiment/img/a.png', '/experiment/img/large/a.png', '/experiment/img/large/a.txt', '/experiment/img/fixed/a.png', '/experiment/img/logo.png'];

export default {
    ask: {
        question: 'There is “location /experiment/img/large/” and “location ~ \\.png$”. Which one answers /experiment/img/large/a.png?',
        answers: { 'longer prefix': 'the prefix: it is longer', regex: 'the regular expression', prefix: 'whichever stands first' },
    },
    steps: ['Five locations are added that only say which they are.', 'Six paths are asked.'],
    needs: [needs.edit],
    run: (lab) => lab.withLocations(CONF, async () => {
        const rows = [];
        for (const path of PATHS) {
            const sent = lab.needStatus(await lab.send(path), 200);
            const exchange = await lab.exchange(sent.id);
            rows.push({ label: path, id: sent.id, cells: [sent.line, exchange.location.text.replace(/\s*\{$/, '')] });
        }
        const decided = rows[2].cells[0];
        return {
            answer: decided,
            verdict: `${PATHS[2]} was answered by “${rows[2].cells[1]}”.`,
            figures: [table('Who answered which path', ['it said', 'the location'], rows, { head: 'asked for' })],
            why: 'First = for the whole path. Then the longest prefix is remembered; if it has ^~, it answers. Otherwise the regular expressions are tried in the order of the file, and the first that matches answers. Only if none does, the remembered prefix. “Which location, and why?” under Config walks any request through this.',
            conf: CONF,
        };
    }),
};

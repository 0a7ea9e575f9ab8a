import { variants } from '../conf.js';
import { table } from '../draw/tables.js';
import { field } from '../evidence.js';
import * as needs from '../needs.js';

const LINES = {
    http: 'proxy_set_header X-Forwarded-Proto http;',
    https: 'proxy_set_header X-Forwarded-Proto https;',
};

const CONF = variants(LINES);

export default {
    ask: {
        question: 'The browser is at https://, TLS ends in front of the proxy, and every form that is posted is answered with 403 “Origin checking failed”. Which line mends it?',
        answers: { http: LINES.http, https: LINES.https, neither: 'neither: the form itself is wrong' },
    },
    steps: [
        'A form is posted to the app’s /csrf, which checks origins as Django does, with “Origin: https://…”, as a browser at https sends it.',
        'Once the proxy tells the app that the request came by http, and once that it came by https.',
    ],
    needs: [needs.app, needs.edit],
    run: (lab) => lab.withLocations(CONF, async () => {
        const rows = [];
        for (const [name, line] of Object.entries(LINES)) {
            const sent = await lab.send(`/experiment/${name}/csrf`, { method: 'POST', headers: [['Origin', `https://${window.location.host}`]], body: 'a=1' });
            const exchange = await lab.exchange(sent.id);
            lab.need([200, 403].includes(sent.status), `the app answered the form with ${sent.said}`);
            rows.push({
                label: line, name, ok: sent.status === 200, id: sent.id, tone: sent.status === 200 ? 'ok' : 'not',
                cells: [field(exchange, 'toUpstream', 'Origin') ?? null, field(exchange, 'toUpstream', 'X-Forwarded-Proto') ?? null, `${sent.status}: ${sent.content.trim().split('\n').slice(0, 2).join(' ')}`],
            });
        }
        const good = rows.filter((row) => row.ok);
        return {
            answer: good.length === 0 ? 'neither' : good.length === 1 ? good[0].name : undefined,
            verdict: good.length ? `With “${good[0].label}” the app took the form.` : 'With neither line the app took the form: does it read X-Forwarded-Proto (SECURE_PROXY_SSL_HEADER)?',
            figures: [table('What the app was told, and what it answered', ['Origin', 'X-Forwarded-Proto', 'the app’s answer'], rows)],
            why: 'Django compares the Origin of a POST with what it takes its own address for: scheme and host. The scheme it knows only from the proxy, and only if SECURE_PROXY_SSL_HEADER names the header. '
                + 'A host without its port, or another one, has the same effect. CSRF_TRUSTED_ORIGINS is for forms that really stand elsewhere.',
            conf: CONF,
        };
    }),
};

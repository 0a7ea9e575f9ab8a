import { table } from '../draw/tables.js';
import { free } from '../free.js';
import * as needs from '../needs.js';
import { asInProduction, certificate, files } from './tools.js';

const conf = (bare, kind, plain, own) => `server {
    listen 127.0.0.1:${bare} ssl;
    ${files(own)}
    return 200 "hello\\n";
}
server {
    listen 127.0.0.1:${kind} ssl;
    ${files(own)}
    error_page 497 =301 https://$host:${kind}$request_uri;
    location / { return 200 "hello\\n"; }
}
server {
    listen 127.0.0.1:${plain};
    return 200 "hello\\n";
}`;

export default {
    ask: {
        question: 'Somebody types http://localhost:8443/, and port 8443 speaks https. What comes back?',
        answers: { 400: '400, in plain http', redirect: 'a redirect to https', none: 'nothing: the connection is closed' },
    },
    steps: [
        'Three servers are added: one with TLS, one with TLS and “error_page 497”, one without TLS.',
        'Plain http is sent to the first two, and TLS to the third.',
    ],
    needs: [needs.edit],
    async run(lab) {
        const [bare, kind, plain] = await free(lab, 3);
        const own = await certificate(lab, { names: ['localhost'] });
        const http = conf(bare, kind, plain, own);
        return lab.withServer({ http }, () => measured(lab, { bare, kind, plain, own, http }));
    },
};

async function measured(lab, { bare, kind, plain, own, http }) {
    const ask = (port, scheme) => lab.send('/page?x=1', { port, name: 'localhost', scheme });
    const wrong = await ask(bare, 'http');
    const helped = await ask(kind, 'http');
    const turned = await ask(plain, 'https');
    const reason = /<center>([^<]*)<\/center>/.exec(wrong.content ?? '')?.[1] ?? '';
    return {
        answer: wrong.status === 400 ? '400' : wrong.status === 301 ? 'redirect' : wrong.status === 0 ? 'none' : undefined,
        verdict: `${wrong.said}${reason ? `: “${reason}”` : ''}. With error_page 497: ${helped.said}${helped.header('Location') ? ` to ${helped.header('Location')}` : ''}. TLS to a port without it: ${turned.said}.`,
        figures: [table('One side speaks TLS, the other does not', ['what was sent', 'what came back'], [
            ['a port with TLS', 'plain http', wrong, [wrong.said, reason].filter(Boolean).join(': ')],
            ['the same, with error_page 497', 'plain http', helped, `${helped.said} ${helped.header('Location') ?? ''}`],
            ['a port without TLS', 'a TLS handshake', turned, turned.error ?? turned.said],
        ].map(([label, what, sent, back]) => ({ label, id: sent.id, cells: [what, back] })))],
        why: 'The first byte tells: a TLS handshake begins with 0x16, a request with a letter. nginx reads it, and answers plain http in plain http with 400 and a code of its own, 497, that error_page can catch.'
            + ' The other way round the server takes the handshake for a request that is none, answers 400 in plain http, and the client, which waits for TLS, cannot read that (curl: wrong version number).',
        production: 'On another port than 443, error_page 497 =301 https://$host:8443$request_uri; helps who forgets the s. Behind a load balancer, wrong version number mostly means that one side was set to https and the other was not: proxy_pass https:// to an app that speaks http, which is a 502 here. Django’s runserver speaks no TLS at all.',
        conf: asInProduction(http, { site: own }, { [bare]: '8443', [kind]: '9443', [plain]: '8080' }),
    };
}

// Chapter 8: what the proxy must tell the app.
import { h } from '../lib/dom.js';
import { both, seen } from './lab.js';
import { predict } from './predict.js';

export const title = 'What the proxy must tell the app';

const TOLD = [
    ['Host', 'which site was asked for', 'proxy_set_header Host $http_host;'],
    ['X-Forwarded-For', 'whose request it really is', 'proxy_set_header X-Forwarded-For $remote_addr;'],
    ['X-Forwarded-Proto', 'whether the browser used http or https', 'proxy_set_header X-Forwarded-Proto $scheme;'],
    ['X-Forwarded-Port', 'on which port it asked', 'proxy_set_header X-Forwarded-Port $server_port;'],
    ['X-Request-ID', 'one name for this request in every log', 'hop_trace on;'],
];

const lookUp = (headers, name) => Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]?.join?.(', ');

export function chapter() {
    return {
        content: [
            h('p', {}, 'The app has only ever met the proxy. Everything else (who the client is, whether it came by https, which host it asked for) it must be ', h('strong', {}, 'told'),
                ', in header fields that the proxy’s configuration writes. And it must only believe them if nobody but the proxy can reach it: anybody can write a header.'),
            predict({
                question: 'A client that lies: it sends “X-Forwarded-For: 6.6.6.6” through the proxy. Which address will the app find in that field?',
                answers: ['6.6.6.6, as the client wrote', 'the client’s real address, as the proxy sees it', 'both, one after the other'],
                button: 'Send the lie both ways',
                async run() {
                    const { direct, proxied } = await both('/anything?lesson=headers', [['X-Forwarded-For', '6.6.6.6']]);
                    const [untold, told] = [seen(direct).headers, seen(proxied).headers];
                    const value = lookUp(told, 'X-Forwarded-For') ?? '';
                    const has = (text) => value.includes(text);
                    const real = proxied.from.slice(0, proxied.from.lastIndexOf(':'));
                    return {
                        answer: has('6.6.6.6') && has(real) ? 2 : has('6.6.6.6') ? 0 : has(real) ? 1 : null,
                        evidence: h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'What the app was told' }, h('table', {},
                            h('thead', {}, h('tr', {}, ['Field', 'through the proxy', 'direct', 'what it is for', 'a line that writes it'].map((text) => h('th', { scope: 'col' }, text)))),
                            h('tbody', {}, TOLD.map(([name, what, line]) => h('tr', {}, h('th', { scope: 'row' }, name),
                                [told, untold].map((headers) => h('td', {}, lookUp(headers, name) === undefined ? h('span', { class: 'absent' }, 'absent') : h('code', {}, String(lookUp(headers, name))))),
                                h('td', {}, what), h('td', {}, h('code', {}, line))))))),
                    };
                },
            }),
            h('p', {}, 'Django reads these only when its settings say so: ', h('code', {}, 'SECURE_PROXY_SSL_HEADER'), ', ', h('code', {}, 'USE_X_FORWARDED_HOST'), ', ', h('code', {}, 'ALLOWED_HOSTS'),
                '. “Experiments” shows what goes wrong otherwise.'),
        ],
    };
}

// Chapter 7: the reverse proxy between client and app.
import { h } from '../lib/dom.js';
import { pick } from '../path/path.js';
import { both, portOf, seen } from './lab.js';
import { predict } from './predict.js';

export const title = 'A reverse proxy between them';

function chain(parts) {
    return h('ol', { class: 'chain' }, parts.map(([kind, name, text]) => h('li', { class: kind }, h('b', {}, name), h('code', {}, text))));
}

export function chapter() {
    return {
        content: [
            h('p', {}, 'Browsers seldom talk to a Django app itself. In front of it stands a ', h('strong', {}, 'reverse proxy'), ' such as nginx: it listens on 80 and 443, and for each request it is a ',
                h('strong', {}, 'client'), ' of the app’s port. So there are two connections with four ports, and the app never meets the browser.'),
            h('p', {}, 'Why not without? One place for TLS, for static files, for several apps behind one address, for limits; slow clients wait at the proxy and not in the app.'),
            predict({
                question: 'One request goes through the proxy. Whose port does the app see as its client?',
                answers: ['the browser’s ephemeral port', 'the proxy’s listening port', 'an ephemeral port of the proxy'],
                button: 'Send it both ways and ask the app',
                async run() {
                    const { direct, proxied } = await both('/anything?lesson=proxy');
                    // the direct one knows where the app should be
                    const ownView = seen(direct);
                    const view = seen(proxied);
                    const port = portOf(view.origin ?? '');
                    const clientPort = portOf(proxied.from);
                    const listens = portOf(proxied.to);
                    return {
                        answer: port === clientPort ? 0 : port === listens ? 1 : Number.isNaN(port) ? null : 2,
                        evidence: [
                            h('h3', {}, 'Through the proxy'),
                            chain([['client', 'client', proxied.from], ['proxy', 'proxy', proxied.to], ['app', 'the app sees', view.origin ?? '?']]),
                            h('h3', {}, 'Direct'),
                            chain([['client', 'client', direct.from], ['app', 'the app sees', ownView.origin ?? '?']]),
                            proxied.id ? h('p', {}, h('button', { type: 'button', class: 'small', click: () => pick(proxied.id) }, 'show its path')) : null,
                        ],
                    };
                },
            }),
        ],
    };
}

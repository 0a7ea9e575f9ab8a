// What an exchange has carried: its two contents, and the messages of a WebSocket or an event stream, as far as they were kept.
import { content } from '../lib/content.js';
import { count, counted, h, ms } from '../lib/dom.js';
import { go } from '../lib/router.js';

const KEEP = 'hop_bodies 64k;';

function one(title, body, bytes) {
    const shown = body ? content({ ...body, length: body.length ?? bytes }) : [];
    return h('section', { class: 'all' },
        h('h3', {}, title),
        body?.decoded ? h('p', { class: 'about' }, `It went over the wire compressed with ${body.decoded}; here it is as it was before.`) : null,
        body?.redacted ? h('p', { class: 'about' }, 'Secrets were taken out before it was kept: a mark says how long each was.') : null,
        shown.length ? shown : h('p', {}, bytes ? `${counted(bytes, 'byte')}, which ${bytes === 1 ? 'was' : 'were'} not kept.` : 'None.'));
}

/** A table of messages that may grow. */
export function messageTable() {
    const body = h('tbody', {});
    const element = h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Messages with their times', hidden: true },
        h('table', { class: 'messages' },
            h('thead', {}, h('tr', {}, ['After', 'From', 'Kind', 'Bytes', 'What it says'].map((name) => h('th', { scope: 'col' }, name)))), body));
    return {
        element,
        add(list) {
            body.append(...list.map(({ atMs, from, kind, length, text }) => h('tr', { class: `from-${from}` },
                h('td', { class: 'number' }, ms(atMs)),
                h('td', {}, from === 'client' ? 'client' : 'app'),
                h('td', {}, kind),
                h('td', { class: 'number' }, count(length)),
                h('td', { class: 'said-so' }, text ?? (kind.includes('compressed') ? 'compressed (permessage-deflate): not shown' : 'no text')))));
            element.hidden = !body.rows.length;
        },
        clear() {
            body.replaceChildren();
            element.hidden = true;
        },
    };
}

function messages({ messages: list, messageCount }) {
    const table = messageTable();
    table.add(list);
    return h('section', { class: 'all' },
        h('h3', {}, `${counted(messageCount, 'message')}${messageCount > list.length ? `, of which the first ${list.length} were kept` : ''}`), table.element);
}

export function contents(exchange) {
    const { bodies, bytes, imported } = exchange;
    if (!bodies && !imported) {
        return [h('section', { class: 'all' },
            h('h3', {}, 'Content'),
            h('p', {}, `${counted(bytes.received, 'byte')} came from the client and ${count(bytes.sent)} went to it. What they said was not kept: `,
                h('code', {}, KEEP), ' in nginx.conf keeps contents of the requests that come then, without secrets.'),
            h('p', {}, h('button', { type: 'button', class: 'small', click: () => go({ tab: 'config', hop: null }) }, 'open nginx.conf')))];
    }
    return [
        exchange.messages ? messages(exchange) : null,
        one('What the client sent', bodies?.request, bytes.received),
        one('What the client got', bodies?.response, bytes.sent),
    ].filter(Boolean);
}

// A request that is still under way: its messages so far, WebSocket's or an event stream's, as they come.
import { call } from '../lib/api.js';
import { counted, h, problem } from '../lib/dom.js';
import { messageTable } from '../path/contents.js';
import { waitsFor } from './waiting.js';

/** How often it is asked for, in ms. */
const PAUSE = 1000;

/**
 * @param ended is called with the id of the exchange that it has become, by who wants to see that
 * @param close is called when nobody wants to see it any more
 */
export function underWay({ ended, close }) {
    const title = h('h3', {});
    const said = h('p', { class: 'about' });
    const list = messageTable();
    const actions = h('span', { class: 'buttons' });
    const element = h('article', { class: 'card', id: 'live-open', hidden: true },
        h('div', { class: 'tools' }, title, actions, h('button', { type: 'button', class: 'small', click: close }, 'close')), said, list.element);
    let shown = null;
    let timer = null;
    let has = 0;
    let wasEnded = false;

    function show(id) {
        if (id === shown) {
            return;
        }
        shown = id;
        has = 0;
        wasEnded = false;
        clearTimeout(timer);
        list.clear();
        actions.replaceChildren();
        element.hidden = !id;
        if (id) {
            title.textContent = 'A request under way';
            said.textContent = 'asking …';
            look();
        }
    }

    async function look() {
        const id = shown;
        try {
            const now = await call('GET', `pending/${encodeURIComponent(id)}?after=${has}`);
            if (id !== shown) {
                return;
            }
            if (now.ended && (now.exchange || wasEnded)) {
                end(now.exchange);
            } else if (now.ended) {
                // it is recorded a moment after its end
                wasEnded = true;
                timer = setTimeout(look, PAUSE);
            } else {
                tell(now);
                timer = setTimeout(look, PAUSE);
            }
        } catch (error) {
            if (id === shown) {
                said.replaceChildren(problem(error));
                timer = setTimeout(look, PAUSE);
            }
        }
    }

    function tell(now) {
        title.textContent = `${now.method} ${now.target}`;
        list.add(now.messages ?? []);
        has += now.messages?.length ?? 0;
        const state = `Under way for ${(now.sinceMs / 1000).toFixed(1)} s; it ${waitsFor(now)}.`;
        said.textContent = !now.keeps ? `${state} Its content is not kept: hop_bodies 64k; in nginx.conf keeps that of requests which come then.`
            : now.messages ? `${state} ${counted(now.messageCount, 'message')} so far${now.messageCount > has ? `; the first ${has} are kept` : ''}.`
                : `${state} It has no messages: it is neither a WebSocket nor an event stream, or nothing has come yet. What it carried is shown when it has ended.`;
    }

    function end(exchange) {
        said.textContent = exchange ? 'It has ended.' : 'It has ended, and is not among the exchanges that are kept.';
        actions.replaceChildren(...(exchange ? [h('button', { type: 'button', class: 'small', click: () => ended(exchange) }, 'show the whole exchange')] : []));
    }

    return { element, show };
}

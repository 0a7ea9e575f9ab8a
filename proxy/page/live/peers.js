// Other proxies' exchanges in Live, where hop_peers names some: which proxies there are, whose exchanges are listed, and why some say nothing.
import { call, hear } from '../lib/api.js';
import { h } from '../lib/dom.js';
import { go, route } from '../lib/router.js';
import * as store from '../lib/store.js';

/** How often they are asked while their exchanges are listed, in ms. */
const PAUSE = 2000;

const OWN = '';
const ALL = 'all';

/** Of so many exchanges it is known that they have come; the others are too old to be listed again. */
const MAX_SEEN = 20_000;

/**
 * @param isSeen whether somebody sees the list: else nobody is asked
 * @param changed is called when others are to be listed
 */
export function peers({ isSeen, changed }) {
    let choice = route().params.get('proxy') ?? OWN;
    let proxies = [];
    let timer = null;
    let isAsking = false;
    /** What has come once: what somebody has cleared away does not come back. */
    const seen = new Set();

    const select = h('select', { id: 'live-proxy', change: () => choose(select.value) });
    const said = h('span', { id: 'live-proxy-said', class: 'about', role: 'status' });
    const element = h('span', { class: 'peers', hidden: true }, h('label', {}, 'Proxy ', select), said);

    function choose(next) {
        choice = next;
        go({ proxy: choice || null }, { replace: true });
        changed();
        ask();
    }

    function options() {
        const own = proxies.find(({ self }) => self);
        const others = proxies.filter(({ self }) => !self);
        const list = [[OWN, `${own.name} (this one)`], [ALL, `all ${proxies.length}`], ...others.map(({ name, error }) => [name, error ? `${name} (no answer)` : name])];
        // one that is chosen and has gone stays chosen: it may come back
        if (!list.some(([value]) => value === choice)) {
            list.push([choice, choice]);
        }
        const texts = list.map(([, text]) => text).join('\n');
        if (texts !== [...select.options].map(({ text }) => text).join('\n')) {
            select.replaceChildren(...list.map(([value, text]) => h('option', { value, selected: value === choice }, text)));
        }
    }

    async function ask() {
        clearTimeout(timer);
        // who has not answered may do so soon; what all are called is known when all have
        timer = setTimeout(() => (choice !== OWN || !proxies.length || proxies.some(({ error }) => error)) && ask(), PAUSE);
        if (isAsking || proxies.length && !isSeen()) {
            return;
        }
        isAsking = true;
        const asked = choice;
        try {
            const answer = await call('GET', `peers?limit=${choice === OWN ? 1 : 200}`);
            const isFirst = !proxies.length;
            ({ proxies } = answer);
            options();
            said.textContent = [...proxies.filter(({ error }) => error).map(({ name, error }) => `${name}: ${error}`), ...answer.problems].join('; ');
            const was = store.own().name;
            store.called(proxies.find(({ self }) => self).name);
            (isFirst || was !== store.own().name) && changed();
            if (choice !== OWN) {
                const fresh = answer.exchanges.filter(({ peer, id }) => peer && !seen.has(`${peer}/${id}`));
                fresh.forEach(({ peer, id }) => seen.add(`${peer}/${id}`));
                while (seen.size > MAX_SEEN) {
                    seen.delete(seen.values().next().value);
                }
                store.takeOthers(fresh.toReversed());
            }
        } catch (error) {
            said.textContent = error.message;
        }
        isAsking = false;
        asked !== choice && ask();
    }

    function begin({ peers: has }) {
        if (has && element.hidden) {
            element.hidden = false;
            ask();
        }
    }
    begin(store.own());
    hear('own', begin);

    return {
        element,
        /** Whether the list has a column that says whose each exchange is. */
        areListed: () => choice !== OWN,
        matches: (x) => (choice === OWN ? !x.peer : choice === ALL || x.proxy === choice),
        opened: () => choice !== OWN && ask(),
    };
}

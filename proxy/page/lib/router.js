// The address bar names what is shown: #TAB/ARGUMENT…?x=EXCHANGE&hop=HOP. Back and Forward work, and a link can be shared.
import { tell } from './api.js';

/** What the address bar says: { tab, args, x, hop, params }. */
export function route() {
    const [path, query = ''] = location.hash.slice(1).split('?');
    const [tab = '', ...args] = path.split('/').map(decodeURIComponent);
    const params = new URLSearchParams(query);
    return { tab, args, x: params.get('x'), hop: params.get('hop'), params };
}

/** The link to a place; what is not named stays as it is, and null takes it away. */
export function link({ tab, args, ...params }) {
    const now = route();
    const path = [tab ?? now.tab, ...(args ?? (tab && tab !== now.tab ? [] : now.args))].map(encodeURIComponent).join('/');
    const query = new URLSearchParams();
    // the selected exchange goes along from tab to tab; what else stands there belongs to its tab
    const kept = tab && tab !== now.tab ? ['x', 'hop'] : [...now.params.keys()];
    kept.filter((name) => now.params.has(name)).forEach((name) => query.set(name, now.params.get(name)));
    Object.entries(params).forEach(([name, value]) => (value === null || value === undefined || value === ''
        ? query.delete(name) : query.set(name, value)));
    return `#${path}${query.size ? `?${query}` : ''}`;
}

/** Goes to a place. With `replace`, Back does not come here again. */
export function go(to, { replace = false } = {}) {
    const hash = typeof to === 'string' ? to : link(to);
    if (hash !== location.hash) {
        history[replace ? 'replaceState' : 'pushState'](null, '', hash);
        tell('route', route());
    }
}

addEventListener('popstate', () => tell('route', route()));

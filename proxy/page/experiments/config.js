// Another nginx.conf for a while, under the run's lock.
import { call, tell } from '../lib/api.js';
import { Unmeasured } from './unmeasured.js';

/**
 * Does the work with the text that `edit` makes of the running one.
 *
 * @param lock of the run
 */
export async function withEdit(lock, edit, work) {
    const before = (await call('GET', 'config')).files[0].text;
    const changed = await lock.put(edit(before));
    tell('config', changed);
    try {
        const result = await work();
        if ((await call('GET', 'config')).version !== changed.version) {
            throw new Unmeasured('nginx.conf was loaded anew while it ran');
        }
        return result;
    } finally {
        tell('config', await lock.put(before));
    }
}

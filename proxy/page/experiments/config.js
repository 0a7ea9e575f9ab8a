// Another nginx.conf for a while. It never overwrites what somebody else has put to work meanwhile.
import { call, tell } from '../lib/api.js';
import { Unmeasured } from './unmeasured.js';

/**
 * Does the work with the text that `edit` makes of the running one.
 *
 * @param lock of the run
 */
export async function withEdit(lock, edit, work) {
    const before = await call('GET', 'config');
    const text = edit(before.files[0].text);
    tell('config', await lock.put(text));
    try {
        const result = await work();
        if (await running() !== text) {
            throw new Unmeasured('somebody else has changed nginx.conf while it ran');
        }
        return result;
    } finally {
        if (await running() === text) {
            tell('config', await lock.back(before));
        }
    }
}

async function running() {
    return (await call('GET', 'config')).files[0].text;
}

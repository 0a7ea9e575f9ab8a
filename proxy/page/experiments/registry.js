// All experiments by group, in their order. A group is a directory with an index.js: its id, its title, and its experiments as
// { id: title }; the experiment itself is GROUP/ID.js, loaded when it is chosen.
import broken from './broken/index.js';
import database from './database/index.js';
import docker from './docker/index.js';
import https from './https/index.js';
import many from './many/index.js';
import paths from './paths/index.js';
import ports from './ports/index.js';
import tells from './tells/index.js';
import time from './time/index.js';
import who from './who/index.js';

export const GROUPS = [who, tells, https, paths, time, ports, broken, many, database, docker];

/** { id, title, group, load() } in the order in which they are to be done. */
export const EXPERIMENTS = GROUPS.flatMap((group) => Object.entries(group.experiments).map(([id, title]) => ({
    id,
    title,
    group: group.id,
    load: async () => (await import(`./${group.id}/${id}.js`)).default,
})));

export const find = (id) => EXPERIMENTS.find((each) => each.id === id);

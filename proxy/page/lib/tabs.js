/** The tabs in their order, with what stands on them; the file panels/NAME.js exports panel(). */
export const TABS = {
    lesson: 'Lesson', live: 'Live', send: 'Send', compare: 'Compare', load: 'Load', config: 'Config', ports: 'Ports', experiments: 'Experiments',
};

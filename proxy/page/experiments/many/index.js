export default {
    id: 'many',
    title: 'More than one app',
    experiments: {
    },
};

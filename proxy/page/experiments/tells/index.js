export default {
    id: 'tells',
    title: 'What the proxy tells the app',
    experiments: {
    },
};

/**
 * What Django itself does with a request: its settings, its middleware, its error pages. It knows nothing of the rest
 * of the app. The real Django is the oracle: {@code DjangoDifferentialTest} asks both.
 */
package hopyard.backend.django;

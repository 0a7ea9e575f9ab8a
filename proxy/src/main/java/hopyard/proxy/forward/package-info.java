/**
 * One exchange forwarded, by stage: {@link hopyard.proxy.forward.Forward} ties them. The request's content on its way
 * up, attempts and their failures, the decision, the response on its way down and into the cache, and the tunnel that
 * an upgrade leaves behind. What nginx keeps in {@code ngx_http_upstream.c}.
 */
package hopyard.proxy.forward;

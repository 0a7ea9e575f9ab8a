package hopyard.proxy.server;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.io.ErrorLog;
import hopyard.trace.Addresses;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.xnio.XnioWorker;

/** The sockets that listen. Those whose address stays in the configuration go on over a reload. */
public final class ListeningSockets {

    private static final InetAddress ANY4 = any(4);
    private static final InetAddress ANY6 = any(16);

    private final XnioWorker worker;
    private final Supplier<Configuration> running;
    private final Map<SocketAddress, Listener> listeners = new LinkedHashMap<>();

    /** @param running what is in use at any time, whose log hears of an address that cannot be had again */
    public ListeningSockets(XnioWorker worker, Supplier<Configuration> running) {
        this.worker = worker;
        this.running = running;
    }

    private static InetAddress any(int bytes) {
        try {
            return InetAddress.getByAddress(new byte[bytes]);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Where they listen now, with the ports that were given for 0. */
    public Set<InetSocketAddress> bound() {
        Set<InetSocketAddress> bound = new LinkedHashSet<>();
        for (Listener listener : listeners.values()) {
            if (listener.bound() instanceof InetSocketAddress inet) {
                bound.add(inet);
            }
        }
        return bound;
    }

    /** The port at which an address of the running configuration is listened on, or would be: not 0 if it is. */
    public int port(InetSocketAddress configured) {
        Listener listener = listeners.get(configured);
        return listener != null && listener.bound() instanceof InetSocketAddress bound
                ? bound.getPort()
                : configured.getPort();
    }

    /**
     * Opens the sockets that are new with a configuration, which accept nothing yet.
     *
     * @param make makes the listener of an address
     * @throws ConfException if an address cannot be bound; everything is as it was then
     */
    public Map<SocketAddress, Listener> open(Configuration next, Function<Configuration.Endpoint, Listener> make)
            throws ConfException {
        Map<SocketAddress, Listener> opened = new LinkedHashMap<>();
        for (Configuration.Endpoint endpoint : next.endpoints()) {
            if (!listeners.containsKey(endpoint.address())) {
                opened.put(endpoint.address(), make.apply(endpoint));
            }
        }
        bind(opened);
        return opened;
    }

    /**
     * Swaps the servers behind the sockets that stay, closes those that are gone, and accepts on all that there are
     * then.
     *
     * @param opened those that {@link #open} has returned
     */
    public void use(Configuration next, Map<SocketAddress, Listener> opened) {
        Map<SocketAddress, Listener> gone = new LinkedHashMap<>(listeners);
        for (Configuration.Endpoint endpoint : next.endpoints()) {
            Listener kept = gone.remove(endpoint.address());
            if (kept != null) {
                kept.use(next, endpoint);
            }
        }
        gone.forEach((address, listener) -> {
            listener.close();
            listeners.remove(address);
        });
        listeners.putAll(opened);
        for (Listener listener : listeners.values()) {
            if (!listener.isBound()) {
                listenAgain(listener);
            }
            listener.accept(worker);
        }
    }

    /** Stops listening. */
    public void close() {
        listeners.values().forEach(Listener::close);
        listeners.clear();
    }

    /**
     * Whether every address could be bound; one that somebody has at present could be, as {@code nginx -t} sees it.
     *
     * @throws ConfException if one could not
     */
    public static void test(Configuration configuration) throws ConfException {
        for (Configuration.Endpoint endpoint : configuration.endpoints()) {
            try {
                Listener.test(endpoint.address());
            } catch (IOException e) {
                throw cannotBind(endpoint.address(), e);
            }
        }
    }

    private static ConfException cannotBind(SocketAddress address, IOException e) {
        return ConfException.anywhere(
                "bind() to " + Addresses.text(address) + " failed (" + SystemErrors.text(e) + ")");
    }

    private void bind(Map<SocketAddress, Listener> opened) throws ConfException {
        Map<SocketAddress, Listener> all = new LinkedHashMap<>(listeners);
        all.putAll(opened);
        for (Listener listener : opened.values()) {
            try {
                place(listener, all);
            } catch (IOException e) {
                unbind(opened);
                throw cannotBind(listener.address(), e);
            } catch (RuntimeException e) {
                unbind(opened);
                throw e;
            }
        }
    }

    /** Gives a listener a socket: its own, or that of a wildcard with its port. */
    private static void place(Listener listener, Map<SocketAddress, Listener> all) throws IOException {
        Listener carrier = carrier(listener.address(), all);
        if (carrier != null && carrier != listener) {
            // a wildcard takes along all that are its own when it is bound
            if (carrier.isBound()) {
                carrier.takeAlong(listener);
            } else {
                place(carrier, all);
            }
            return;
        }
        if (listener.isBound()) {
            return;
        }
        List<Listener> others = new ArrayList<>(all.values());
        others.removeIf(other -> other == listener || carrier(other.address(), all) != listener);
        others.forEach(Listener::release);
        listener.bind();
        others.forEach(listener::takeAlong);
    }

    /**
     * The wildcard whose socket accepts the connections of an address; the wildcard itself for its own; {@code null} if
     * there is none.
     */
    private static Listener carrier(SocketAddress address, Map<SocketAddress, Listener> all) {
        if (!(address instanceof InetSocketAddress inet) || inet.getPort() == 0) {
            return null;
        }
        InetSocketAddress any6 = new InetSocketAddress(ANY6, inet.getPort());
        Listener six = Listener.isOfNobody(any6) ? null : all.get(any6);
        boolean isIpv4 = inet.getAddress() instanceof Inet4Address;
        return six == null && isIpv4 ? all.get(new InetSocketAddress(ANY4, inet.getPort())) : six;
    }

    private void unbind(Map<SocketAddress, Listener> opened) {
        opened.values().forEach(Listener::close);
        for (Listener listener : listeners.values()) {
            if (!listener.isBound()) {
                listenAgain(listener);
                listener.accept(worker);
            }
        }
    }

    /**
     * Has a socket bound again that was free for a moment only: to become one with another, or to be by itself again.
     */
    private void listenAgain(Listener listener) {
        try {
            place(listener, listeners);
        } catch (IOException e) {
            running.get()
                    .log()
                    .write(
                            ErrorLog.Level.EMERG,
                            cannotBind(listener.address(), e).getMessage());
        }
    }
}

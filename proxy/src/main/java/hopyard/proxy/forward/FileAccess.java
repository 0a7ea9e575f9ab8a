package hopyard.proxy.forward;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.ValueReader;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/** Reads who may read and write files that are made: {@code proxy_store_access}, {@code dav_access}. */
public final class FileAccess implements ValueReader<Set<PosixFilePermission>> {

    @Override
    public Set<PosixFilePermission> read(Scope scope, Directive d, Set<PosixFilePermission> former)
            throws ConfException {
        Set<PosixFilePermission> access = EnumSet.noneOf(PosixFilePermission.class);
        boolean namesUser = false;
        for (String word : d.args()) {
            if (!word.matches("(user|group|all):(r|rw)")) {
                throw d.error("invalid value \"" + word + "\"");
            }
            String who = word.substring(0, word.indexOf(':'));
            String role = who.equals("user") ? "OWNER" : who.equals("group") ? "GROUP" : "OTHERS";
            namesUser |= who.equals("user");
            access.add(PosixFilePermission.valueOf(role + "_READ"));
            if (word.endsWith("w")) {
                access.add(PosixFilePermission.valueOf(role + "_WRITE"));
            }
        }
        if (!namesUser) {
            access.addAll(Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));
        }
        return access;
    }
}

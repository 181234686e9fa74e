package dev.quiver.index.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * Objects as files under one folder, safe for several processes. An object is written to a temporary file, forced to disk
 * and then given its name in one step: by a hard link when it must not exist yet (the file system refuses a second link to
 * the same name, so no lock is needed), by a rename under a lock file when it replaces a known version. The folder that got
 * the new name is forced to disk before the put returns, so what was acknowledged survives a power cut.
 *
 * <p>Etags are the SHA-256 of the content, like S3 a function of the bytes alone.
 */
public final class FileStore implements ObjectStore {
    /** Temporary files and locks; starts with a dot, which no collection name does. */
    private static final String OWN_FOLDER = ".quiver";

    private static final int LOCKS = 16;
    private static final Duration ABANDONED = Duration.ofDays(1);

    private final Path root;
    private final Path temporary;
    private final Path[] lockFiles = new Path[LOCKS];
    // A FileLock belongs to the whole JVM: threads need their own.
    private static final ReentrantLock[] THREAD_LOCKS =
            Stream.generate(ReentrantLock::new).limit(LOCKS).toArray(ReentrantLock[]::new);
    private static final AtomicLong UNIQUE = new AtomicLong();
    private static final String PROCESS = ProcessHandle.current().pid() + "-" + Long.toString(System.nanoTime(), 36);

    /** @throws StoreException if the folder cannot be created or written */
    public FileStore(Path folder) {
        this.root = folder.toAbsolutePath().normalize();
        this.temporary = root.resolve(OWN_FOLDER).resolve("tmp");
        try {
            Files.createDirectories(temporary);
            for (int i = 0; i < LOCKS; i++) {
                lockFiles[i] = root.resolve(OWN_FOLDER).resolve("lock-" + i);
            }
            sweepAbandonedFiles();
        } catch (IOException e) {
            throw StoreException.refused("The data folder " + root + " cannot be written: " + e.getMessage(), e);
        }
    }

    @Override
    public Optional<Blob> get(String key) {
        try {
            byte[] bytes = Files.readAllBytes(path(key));
            return Optional.of(new Blob(bytes, etag(bytes)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw failed("read", key, e);
        }
    }

    @Override
    public ConditionalGet getIfChanged(String key, String etag) {
        return get(key).<ConditionalGet>map(
                        b -> b.etag().equals(etag) ? new ConditionalGet.Unchanged() : new ConditionalGet.Changed(b))
                .orElseGet(ConditionalGet.Missing::new);
    }

    @Override
    public void read(String key, long offset, MemorySegment target) {
        try (FileChannel file = FileChannel.open(path(key), StandardOpenOption.READ)) {
            long done = 0;
            while (done < target.byteSize()) {
                // A ByteBuffer has an int size.
                long step = Math.min(target.byteSize() - done, 1 << 30);
                ByteBuffer piece = target.asSlice(done, step).asByteBuffer();
                int n = file.read(piece, offset + done);
                if (n < 0) {
                    throw StoreException.refused(
                            "Object " + key + " has " + file.size() + " bytes, asked for " + target.byteSize()
                                    + " from " + offset,
                            null);
                }
                done += n;
            }
        } catch (NoSuchFileException e) {
            throw StoreException.refused("There is no object " + key, e);
        } catch (IOException e) {
            throw failed("read", key, e);
        }
    }

    /** Objects are replaced by renaming and never changed, so a mapping stays what it was. */
    @Override
    public Optional<MemorySegment> map(String key, long length) {
        try (FileChannel file = FileChannel.open(path(key), StandardOpenOption.READ)) {
            return file.size() == length
                    ? Optional.of(file.map(FileChannel.MapMode.READ_ONLY, 0, length, Arena.ofAuto()))
                    : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw failed("map", key, e);
        }
    }

    @Override
    public PutResult put(String key, Content content, Precondition precondition) {
        Path target = path(key);
        Path folder = target.getParent();
        Temporary written = null;
        boolean mayBeVisible = false;
        try {
            // Writers that race for a place need not write what will be refused.
            if (precondition instanceof Precondition.IfAbsent && Files.exists(target)) {
                return new PutResult.Refused();
            }
            written = writeTemporary(content);
            switch (precondition) {
                case Precondition.IfAbsent _ -> {
                    mayBeVisible = true;
                    if (!link(written.path, target)) {
                        return new PutResult.Refused();
                    }
                }
                case Precondition.IfMatch(String etag) -> {
                    try (Lock _ = lock(key)) {
                        Optional<Blob> current = get(key);
                        if (current.isEmpty() || !current.get().etag().equals(etag)) {
                            return new PutResult.Refused();
                        }
                        // The object's time is that of the replacement, also when the lock was long in coming.
                        Files.setLastModifiedTime(written.path, FileTime.fromMillis(System.currentTimeMillis()));
                        mayBeVisible = true;
                        Files.move(written.path, target, StandardCopyOption.ATOMIC_MOVE);
                    }
                }
            }
            force(folder);
            return new PutResult.Stored(written.etag);
        } catch (IOException e) {
            String message = "Object " + key + " could not be written to " + root + ": " + reason(e);
            throw mayBeVisible ? StoreException.unknown(message, e) : StoreException.refused(message, e);
        } finally {
            if (written != null) {
                try {
                    Files.deleteIfExists(written.path);
                } catch (IOException e) {
                    // Swept when the store is next opened.
                }
            }
        }
    }

    @Override
    public void delete(String key) {
        Path path = path(key);
        try (Lock _ = lock(key)) {
            if (Files.deleteIfExists(path)) {
                force(path.getParent());
                removeEmptyFolders(path.getParent());
            }
        } catch (IOException e) {
            throw failed("delete", key, e);
        }
    }

    @Override
    public List<Listed> list(String prefix, String startAfter) {
        List<Listed> found = new ArrayList<>();
        int slash = Keys.checkPrefix(prefix).lastIndexOf('/');
        if (prefix.startsWith(OWN_FOLDER + "/")) {
            return found;
        }
        Path start = slash < 0 ? root : root.resolve(prefix.substring(0, slash));
        collect(start, slash < 0 ? "" : prefix.substring(0, slash + 1), prefix, startAfter, found);
        found.sort(Comparator.comparing(Listed::key));
        return found;
    }

    private void collect(Path folder, String folderKey, String prefix, String startAfter, List<Listed> found) {
        try {
            for (String name : names(folder)) {
                String key = folderKey + name;
                if (key.startsWith(prefix) && !key.equals(OWN_FOLDER)) {
                    collectEntry(folder, key, prefix, startAfter, found);
                }
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            // Removed while we looked: as if it had never been there.
        } catch (DirectoryIteratorException e) {
            throw failed("list", folderKey, e.getCause());
        } catch (IOException e) {
            throw failed("list", folderKey, e);
        }
    }

    /** In no order. Names alone: writers ask for the end of a log of thousands of entries, and a path of each takes longer than all the rest. */
    private static List<String> names(Path folder) throws IOException {
        String[] names = folder.toFile().list();
        if (names != null) {
            return List.of(names);
        }
        // This one says why.
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            List<String> found = new ArrayList<>();
            entries.forEach(e -> found.add(e.getFileName().toString()));
            return found;
        }
    }

    private void collectEntry(Path folder, String key, String prefix, String startAfter, List<Listed> found)
            throws IOException {
        // The cheap tests first.
        boolean wanted = key.compareTo(startAfter) > 0;
        String asFolder = key + "/";
        boolean wantedInside = asFolder.compareTo(startAfter) > 0 || startAfter.startsWith(asFolder);
        if (!wanted && !wantedInside) {
            return;
        }
        Path entry = folder.resolve(key.substring(key.lastIndexOf('/') + 1));
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(entry, BasicFileAttributes.class);
        } catch (NoSuchFileException e) {
            // Removed while we looked; its neighbours are still there.
            return;
        }
        if (!attributes.isDirectory()) {
            if (wanted) {
                found.add(new Listed(
                        key, attributes.size(), attributes.lastModifiedTime().toMillis()));
            }
        } else if (wantedInside) {
            collect(entry, asFolder, prefix, startAfter, found);
        }
    }

    @Override
    public List<String> folders(String prefix) {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root.resolve(Keys.checkPrefix(prefix)))) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (!name.equals(OWN_FOLDER) && Files.isDirectory(entry)) {
                    names.add(name);
                }
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw failed("list", prefix, e.getCause());
        } catch (IOException e) {
            throw failed("list", prefix, e);
        }
        names.sort(null);
        return List.copyOf(names);
    }

    @Override
    public String description() {
        return "file:" + root;
    }

    @Override
    public void close() {}

    private Path path(String key) {
        if (Keys.check(key).startsWith(OWN_FOLDER + "/") || key.equals(OWN_FOLDER)) {
            throw new IllegalArgumentException("The folder " + OWN_FOLDER + " is kept for the store itself: " + key);
        }
        return root.resolve(key);
    }

    /** False when the name is taken. A delete may remove the emptied folder between its creation and the link: try again. */
    private boolean link(Path written, Path target) throws IOException {
        for (int attempt = 0; ; attempt++) {
            createFolders(target.getParent());
            try {
                Files.createLink(target, written);
                return true;
            } catch (FileAlreadyExistsException e) {
                return false;
            } catch (NoSuchFileException e) {
                if (attempt == 100) {
                    throw e;
                }
            } catch (UnsupportedOperationException e) {
                throw new IOException("its file system has no hard links", e);
            }
        }
    }

    private record Temporary(Path path, String etag) {}

    private Temporary writeTemporary(Content content) throws IOException {
        Path file = temporary.resolve(PROCESS + "-" + UNIQUE.incrementAndGet());
        MessageDigest digest = sha256();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                InputStream in = content.open();
                OutputStream out = new DigestOutputStream(Channels.newOutputStream(channel), digest)) {
            in.transferTo(out);
            channel.force(true);
        } catch (IOException e) {
            Files.deleteIfExists(file);
            throw e;
        }
        return new Temporary(file, etag(digest));
    }

    /** Creates the missing folders and forces each new name to disk: a file in a folder that is lost is lost too. */
    private void createFolders(Path folder) throws IOException {
        List<Path> missing = new ArrayList<>();
        for (Path p = folder; !Files.isDirectory(p); p = p.getParent()) {
            missing.add(p);
        }
        for (Path p : missing.reversed()) {
            try {
                Files.createDirectory(p);
            } catch (FileAlreadyExistsException e) {
                if (Files.isRegularFile(p)) {
                    throw e;
                }
            } catch (NoSuchFileException e) {
                // A delete emptied and removed the parent just now; the caller's link fails and is tried again.
                return;
            }
            force(p.getParent());
        }
    }

    private void removeEmptyFolders(Path folder) throws IOException {
        for (Path p = folder; !p.equals(root); p = p.getParent()) {
            try {
                Files.delete(p);
            } catch (DirectoryNotEmptyException | NoSuchFileException e) {
                return;
            }
        }
    }

    private static void force(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (NoSuchFileException e) {
            // A delete in another thread or process has emptied and removed it since.
        }
    }

    private record Lock(ReentrantLock thread, FileChannel channel, FileLock process) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            try (channel) {
                process.release();
            } finally {
                thread.unlock();
            }
        }
    }

    private Lock lock(String key) throws IOException {
        int stripe = Math.floorMod(key.hashCode(), LOCKS);
        ReentrantLock thread = THREAD_LOCKS[stripe];
        thread.lock();
        FileChannel channel = null;
        try {
            channel = FileChannel.open(lockFiles[stripe], StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            return new Lock(thread, channel, channel.lock());
        } catch (IOException | RuntimeException e) {
            if (channel != null) {
                channel.close();
            }
            thread.unlock();
            throw e;
        }
    }

    private void sweepAbandonedFiles() throws IOException {
        long before = System.currentTimeMillis() - ABANDONED.toMillis();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(temporary)) {
            for (Path entry : entries) {
                try {
                    if (Files.getLastModifiedTime(entry).toMillis() < before) {
                        Files.deleteIfExists(entry);
                    }
                } catch (NoSuchFileException e) {
                    // Another process sweeps too.
                }
            }
        }
    }

    private StoreException failed(String verb, String key, IOException e) {
        return StoreException.refused("Cannot " + verb + " " + key + " in " + root + ": " + reason(e), e);
    }

    private static String reason(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private static String etag(byte[] bytes) {
        MessageDigest digest = sha256();
        digest.update(bytes);
        return etag(digest);
    }

    private static String etag(MessageDigest digest) {
        return "\"" + HexFormat.of().formatHex(digest.digest()) + "\"";
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every JDK has SHA-256", e);
        }
    }
}

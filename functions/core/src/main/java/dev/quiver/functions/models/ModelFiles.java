package dev.quiver.functions.models;

import ai.onnxruntime.OrtException;
import java.io.IOException;
import java.nio.file.Path;

/** A model's files, while it is loaded from them. */
interface ModelFiles {

    /** Reads the folder, which may be gone afterwards. */
    interface Reading<T> {
        T from(Path folder) throws IOException, OrtException;
    }

    <T> T use(Reading<T> reading) throws IOException, OrtException;

    /** Files that lie in a folder of this machine. */
    static ModelFiles in(Path folder) {
        return new ModelFiles() {
            @Override
            public <T> T use(Reading<T> reading) throws IOException, OrtException {
                return reading.from(folder);
            }
        };
    }
}

package dev.quiver.index.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelChoiceTest {

    @Test
    void theFastestIsChosenThatIsThere() {
        String best = KernelChoice.choose("").name();
        if (FfmKernels.problem() == null) {
            assertThat(best).startsWith("c-");
        } else {
            assertThat(best).startsWith("vector-api-");
        }
        assertThat(KernelChoice.best().name()).isEqualTo(best);
    }

    @Test
    void aKindCanBeForced() {
        assertThat(KernelChoice.choose("vector-api").name()).startsWith("vector-api-");
        assertThat(KernelChoice.choose("scalar").name()).isEqualTo("scalar");
    }

    @Test
    void eachCanBeForcedByItsName() {
        assertThat(KernelChoice.all().stream()
                        .map(k -> KernelChoice.choose(k.name()).name()))
                .containsExactlyElementsOf(
                        KernelChoice.all().stream().map(Kernels::name).toList());
        assertThat(KernelChoice.all()).hasSizeGreaterThan(1);
    }

    @Test
    void whatIsNotThereIsRefusedWithWhatIs() {
        Stream.of("neon", "c-avx1024", "vector-api-7", "scalar-2", " ")
                .forEach(wanted -> assertThatThrownBy(() -> KernelChoice.choose(wanted))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("\"" + wanted + "\"")
                        .hasMessageContaining("Possible are: ")
                        .hasMessageContaining("scalar."));
    }

    @Test
    void theLibraryOfAJarIsLoadedFromACopyThatIsGoneThen(@TempDir Path folder) throws IOException {
        URL library = FfmKernels.class.getResource(KernelLibrary.shared());
        assumeTrue(library != null, "built without a C compiler");
        assertThat(FfmKernels.loadCopy(library, folder).find("quiver_estimate")).isPresent();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aLibraryOfAnotherSystemIsAProblemThatIsNamed(@TempDir Path from, @TempDir Path to) throws IOException {
        Path library = Files.writeString(from.resolve("libquiver_kernels.so"), "not for this machine");
        assertThatThrownBy(() -> FfmKernels.loadCopy(library.toUri().toURL(), to))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cannot load ");
        assertThat(to).isEmptyDirectory();
    }
}

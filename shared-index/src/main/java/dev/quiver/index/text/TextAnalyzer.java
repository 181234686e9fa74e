package dev.quiver.index.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.AnalyzerWrapper;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.ar.ArabicAnalyzer;
import org.apache.lucene.analysis.bg.BulgarianAnalyzer;
import org.apache.lucene.analysis.bn.BengaliAnalyzer;
import org.apache.lucene.analysis.ca.CatalanAnalyzer;
import org.apache.lucene.analysis.cjk.CJKAnalyzer;
import org.apache.lucene.analysis.ckb.SoraniAnalyzer;
import org.apache.lucene.analysis.core.KeywordAnalyzer;
import org.apache.lucene.analysis.core.SimpleAnalyzer;
import org.apache.lucene.analysis.core.WhitespaceAnalyzer;
import org.apache.lucene.analysis.cz.CzechAnalyzer;
import org.apache.lucene.analysis.da.DanishAnalyzer;
import org.apache.lucene.analysis.de.GermanAnalyzer;
import org.apache.lucene.analysis.el.GreekAnalyzer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.es.SpanishAnalyzer;
import org.apache.lucene.analysis.et.EstonianAnalyzer;
import org.apache.lucene.analysis.eu.BasqueAnalyzer;
import org.apache.lucene.analysis.fa.PersianAnalyzer;
import org.apache.lucene.analysis.fi.FinnishAnalyzer;
import org.apache.lucene.analysis.fr.FrenchAnalyzer;
import org.apache.lucene.analysis.ga.IrishAnalyzer;
import org.apache.lucene.analysis.gl.GalicianAnalyzer;
import org.apache.lucene.analysis.hi.HindiAnalyzer;
import org.apache.lucene.analysis.hu.HungarianAnalyzer;
import org.apache.lucene.analysis.hy.ArmenianAnalyzer;
import org.apache.lucene.analysis.id.IndonesianAnalyzer;
import org.apache.lucene.analysis.it.ItalianAnalyzer;
import org.apache.lucene.analysis.lt.LithuanianAnalyzer;
import org.apache.lucene.analysis.lv.LatvianAnalyzer;
import org.apache.lucene.analysis.ne.NepaliAnalyzer;
import org.apache.lucene.analysis.nl.DutchAnalyzer;
import org.apache.lucene.analysis.no.NorwegianAnalyzer;
import org.apache.lucene.analysis.pt.PortugueseAnalyzer;
import org.apache.lucene.analysis.ro.RomanianAnalyzer;
import org.apache.lucene.analysis.ru.RussianAnalyzer;
import org.apache.lucene.analysis.sr.SerbianAnalyzer;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.analysis.sv.SwedishAnalyzer;
import org.apache.lucene.analysis.ta.TamilAnalyzer;
import org.apache.lucene.analysis.te.TeluguAnalyzer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.PositionIncrementAttribute;
import org.apache.lucene.analysis.tr.TurkishAnalyzer;

/**
 * Makes words of a text: one of Lucene's analyzers, by name. For many threads; what an analyzer needs while it is at work is kept here and not with the thread, for a virtual thread lives for one request.
 */
public final class TextAnalyzer {
    private static final Map<String, Supplier<Analyzer>> BY_NAME = new TreeMap<>(Map.ofEntries(
            Map.entry("standard", StandardAnalyzer::new),
            Map.entry("simple", SimpleAnalyzer::new),
            Map.entry("whitespace", WhitespaceAnalyzer::new),
            Map.entry("keyword", KeywordAnalyzer::new),
            Map.entry("arabic", ArabicAnalyzer::new),
            Map.entry("armenian", ArmenianAnalyzer::new),
            Map.entry("basque", BasqueAnalyzer::new),
            Map.entry("bengali", BengaliAnalyzer::new),
            Map.entry("bulgarian", BulgarianAnalyzer::new),
            Map.entry("catalan", CatalanAnalyzer::new),
            Map.entry("cjk", CJKAnalyzer::new),
            Map.entry("czech", CzechAnalyzer::new),
            Map.entry("danish", DanishAnalyzer::new),
            Map.entry("dutch", DutchAnalyzer::new),
            Map.entry("english", EnglishAnalyzer::new),
            Map.entry("estonian", EstonianAnalyzer::new),
            Map.entry("finnish", FinnishAnalyzer::new),
            Map.entry("french", FrenchAnalyzer::new),
            Map.entry("galician", GalicianAnalyzer::new),
            Map.entry("german", GermanAnalyzer::new),
            Map.entry("greek", GreekAnalyzer::new),
            Map.entry("hindi", HindiAnalyzer::new),
            Map.entry("hungarian", HungarianAnalyzer::new),
            Map.entry("indonesian", IndonesianAnalyzer::new),
            Map.entry("irish", IrishAnalyzer::new),
            Map.entry("italian", ItalianAnalyzer::new),
            Map.entry("latvian", LatvianAnalyzer::new),
            Map.entry("lithuanian", LithuanianAnalyzer::new),
            Map.entry("nepali", NepaliAnalyzer::new),
            Map.entry("norwegian", NorwegianAnalyzer::new),
            Map.entry("persian", PersianAnalyzer::new),
            Map.entry("portuguese", PortugueseAnalyzer::new),
            Map.entry("romanian", RomanianAnalyzer::new),
            Map.entry("russian", RussianAnalyzer::new),
            Map.entry("serbian", SerbianAnalyzer::new),
            Map.entry("sorani", SoraniAnalyzer::new),
            Map.entry("spanish", SpanishAnalyzer::new),
            Map.entry("swedish", SwedishAnalyzer::new),
            Map.entry("tamil", TamilAnalyzer::new),
            Map.entry("telugu", TeluguAnalyzer::new),
            Map.entry("turkish", TurkishAnalyzer::new)));

    private static final Map<String, TextAnalyzer> MADE = new ConcurrentHashMap<>();

    private final Analyzer analyzer;
    private final ConcurrentLinkedQueue<OwnComponents> idle = new ConcurrentLinkedQueue<>();

    private TextAnalyzer(Analyzer analyzer) {
        this.analyzer = analyzer;
    }

    /** In alphabetical order. */
    public static SortedSet<String> names() {
        return Collections.unmodifiableSortedSet(new TreeSet<>(BY_NAME.keySet()));
    }

    /** @throws IllegalArgumentException naming those there are */
    public static TextAnalyzer of(String name) {
        Supplier<Analyzer> known = BY_NAME.get(name);
        if (known == null) {
            throw new IllegalArgumentException(
                    "There is no analyzer '" + name + "'. There are: " + String.join(", ", BY_NAME.keySet()) + ".");
        }
        return MADE.computeIfAbsent(name, _ -> new TextAnalyzer(known.get()));
    }

    /** Takes the words of a text. */
    public interface Sink {
        /**
         * @param position from 0; words left out count too
         * @return whether more are wanted
         */
        boolean word(String word, int position);
    }

    public void analyze(String text, Sink sink) {
        OwnComponents own = idle.poll();
        if (own == null) {
            own = new OwnComponents(analyzer);
        }
        try (TokenStream stream = own.tokenStream("", text)) {
            CharTermAttribute word = stream.getAttribute(CharTermAttribute.class);
            PositionIncrementAttribute increment = stream.addAttribute(PositionIncrementAttribute.class);
            stream.reset();
            int position = -1;
            boolean more = true;
            while (more && stream.incrementToken()) {
                position += increment.getPositionIncrement();
                more = sink.word(word.toString(), Math.max(0, position));
            }
            stream.end();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        idle.add(own);
    }

    /** The beginning of a word, as words are written: in small letters where they are. */
    public String normalize(String prefix) {
        return analyzer.normalize("", prefix).utf8ToString();
    }

    /** The same analyzer with its working memory in a field. For one thread at a time. */
    private static final class OwnComponents extends AnalyzerWrapper {
        private final Analyzer wrapped;

        OwnComponents(Analyzer wrapped) {
            super(new ReuseStrategy() {
                private TokenStreamComponents components;

                @Override
                public TokenStreamComponents getReusableComponents(Analyzer analyzer, String field) {
                    return components;
                }

                @Override
                public void setReusableComponents(Analyzer analyzer, String field, TokenStreamComponents made) {
                    components = made;
                }
            });
            this.wrapped = wrapped;
        }

        @Override
        protected Analyzer getWrappedAnalyzer(String field) {
            return wrapped;
        }
    }
}

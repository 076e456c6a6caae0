extension Mistake {
  /// The head of the file.
  static let header: [Mistake] = [
    Mistake(
      "schema: 1", "schema: 2",
      at: "1:9", in: "schema",
      says: "found '2', expected 1, the only version of the file's form that is known here"),
    Mistake(
      "schema: 1\n", "",
      at: "1:1", in: "schema",
      says: "the key 'schema' is missing: the version of the file's form, which is 1"),
    Mistake(
      "name: english", "nmae: english",
      at: "2:1", in: "nmae",
      says: "'nmae' is not a key of a pipeline", "did you mean 'name'?"),
    Mistake(
      "english-to-chinese", "../x",
      at: "2:7", in: "name",
      says: "'../x' cannot name a pipeline"),
    Mistake(
      "english-to-chinese", "",
      at: "2:6", in: "name",
      says: "found nothing, expected a name"),
    Mistake(
      "english-to-chinese", "[a]",
      at: "2:7", in: "name",
      says: "found a list, expected a name"),
    Mistake(
      "20240702", "-1",
      at: "3:7", in: "seed",
      says: "found '-1', expected a whole number of at least 0, as 8192 or 8k"),
    Mistake(
      "20240702", "5%",
      at: "3:7", in: "seed",
      says: "found '5%', expected a whole number of at least 0, as 8192 or 8k"),
    Mistake(
      "[plugins/]", "plugins/",
      at: "4:10", in: "plugins",
      says: "found 'plugins/', expected a list of folders, as [plugins/]", "write [plugins/]"),
    Mistake(
      "[plugins/]", "[plugin/]",
      at: "4:11", in: "plugins.0",
      says: "there is no folder 'plugin/'"),
  ]

  /// The corpora.
  static let corpora: [Mistake] = [
    Mistake(
      "corpora/en/*.jsonl\"]", "corpora/en/*.json\"]",
      at: "7:22", in: "corpora.english.files.0",
      says: "'corpora/en/*.json' names no text"),
    Mistake(
      "corpora/en/*.jsonl\"]", "/dev/null\"]",
      at: "7:22", in: "corpora.english.files.0",
      says: "'/dev/null' is no regular file but a device, a pipe or a socket"),
    Mistake(
      "[\"corpora/en/*.jsonl\"]", "\"corpora/en/*.jsonl\"",
      at: "7:21", in: "corpora.english.files",
      says: "found the quoted text \"corpora/en/*.jsonl\", expected a list of patterns, as",
      "write [\"corpora/en/*.jsonl\"]"),
    Mistake(
      "[\"corpora/en/*.jsonl\"]", "[]",
      at: "7:21", in: "corpora.english.files",
      says: "found an empty list, expected patterns, as [\"text/*.jsonl\"]"),
    Mistake(
      "corpora/en/*.jsonl", "corpora/**/*.jsonl",
      at: "7:22", in: "corpora.english.files.0",
      says: "'corpora/**/*.jsonl' names no text: '**' is not supported",
      "write one pattern for each depth, as */*.jsonl"),
    Mistake(
      "corpora/en/*.jsonl", "corpora/empty",
      at: "7:22", in: "corpora.english.files.0",
      says: "'corpora/empty' names no text"),
    Mistake(
      "language: en,", "langauge: en,",
      at: "7:45", in: "corpora.english.langauge",
      says: "'langauge' is not a key of 'corpora.english'", "did you mean 'language'?"),
    Mistake(
      "language: en, ", "",
      at: "7:3", in: "corpora.english.language",
      says: "the key 'language' is missing: a BCP 47 tag, as en"),
    Mistake(
      "language: en,", "language: english_text,",
      at: "7:55", in: "corpora.english.language",
      says: "found 'english_text', expected a BCP 47 language tag, as en or zh-Hant"),
    Mistake(
      "held_out: 2% }\n  chinese", "held_out: 2 }\n  chinese",
      at: "7:69", in: "corpora.english.held_out",
      says: "found '2', expected a number of at least 0 and below 1, as 0.05 or 5%",
      "did you mean '2%'?"),
    Mistake(
      "held_out: 2% }\n  chinese", "held_out: 100% }\n  chinese",
      at: "7:69", in: "corpora.english.held_out",
      says: "found '100%', expected a number of at least 0 and below 1, as 0.05 or 5%"),
    Mistake(
      "held_out: 2% }\n  chinese", "held_out: 2%, license: MIT }\n  chinese",
      at: "7:73", in: "corpora.english.license",
      says: "'license' is not a key of 'corpora.english'", "did you mean 'licence'?"),
    Mistake(
      "held_out: 2% }\n  chinese", "held_out: 2%, licence: }\n  chinese",
      at: "7:82", in: "corpora.english.licence",
      says: "found nothing, expected an SPDX expression or any words"),
    Mistake(
      "held_out: 2% }\n  chinese", "held_out: 2%, text: [a] }\n  chinese",
      at: "7:79", in: "corpora.english.text",
      says: "found a list, expected the name of the member of a JSON Lines object with the"),
  ]

  /// The tokenizer and the model.
  static let model: [Mistake] = [
    Mistake(
      "byte-pair", "byte-pear",
      at: "10:22", in: "tokenizer.plugin",
      says: "there is no tokenizer plugin 'byte-pear'"),
    Mistake(
      "plugin: byte-pair, ", "",
      at: "10:1", in: "tokenizer.plugin",
      says: "the key 'plugin' is missing: the name of a tokenizer plugin"),
    Mistake(
      "vocabulary: 8192, ", "",
      at: "10:1", in: "tokenizer.vocabulary",
      says: "the option 'vocabulary' of the tokenizer plugin 'byte-pair' is missing: number"),
    Mistake(
      "vocabulary: 8192", "vocabulary: 8000.5",
      at: "10:45", in: "tokenizer.vocabulary",
      says: "found '8000.5', expected a whole number from 257 to 65536"),
    Mistake(
      "vocabulary: 8192", "vocabulary: 100",
      at: "10:45", in: "tokenizer.vocabulary",
      says: "found '100', expected a whole number from 257 to 65536"),
    Mistake(
      "vocabulary: 8192", "vocabulary: big",
      at: "10:45", in: "tokenizer.vocabulary",
      says: "found 'big', expected a whole number from 257 to 65536"),
    Mistake(
      "vocabulary: 8192", "vocabulary: 5%",
      at: "10:45", in: "tokenizer.vocabulary",
      says: "found '5%', expected a whole number from 257 to 65536"),
    Mistake(
      "vocabulary: 8192", "vocab: 8192",
      at: "10:33", in: "tokenizer.vocab",
      says: "'vocab' is not a key of 'tokenizer'", "did you mean 'vocabulary'?"),
    Mistake(
      "vocabulary: 8192", "vocabulary: \"8192\"",
      at: "10:45", in: "tokenizer.vocabulary",
      says: "found the quoted text \"8192\", expected a whole number from 257 to 65536",
      "take the quotes away"),
    Mistake(
      "vocabulary: 8192", "vocabulary: 8K",
      at: "10:45", in: "tokenizer.vocabulary",
      says: "found '8K', expected a whole number from 257 to 65536", "did you mean '8k'?"),
    Mistake(
      "vocabulary: 8192", "vocabulary: 8Z",
      at: "10:45", in: "tokenizer.vocabulary",
      says: "found '8Z', expected a whole number from 257 to 65536"),
    Mistake(
      "chinese: 1 } }\nmodel", "chinees: 1 } }\nmodel",
      at: "10:75", in: "tokenizer.train_on.chinees",
      says: "'chinees' is not a declared corpus", "did you mean 'chinese'?"),
    Mistake(
      "chinese: 1 } }\nmodel", "chinese: 0 } }\nmodel",
      at: "10:84", in: "tokenizer.train_on.chinese",
      says: "found '0', expected a number above 0, as 0.05 or 5%"),
    Mistake(
      "chinese: 1 } }\nmodel", "chinese: 1 }, train_bytes: 8mb }\nmodel",
      at: "10:102", in: "tokenizer.train_bytes",
      says: "found '8mb', expected a number of bytes of at least 1, as 8MB or 512KiB",
      "did you mean '8MB'?"),
    Mistake(
      "chinese: 1 } }\nmodel", "chinese: 1 }, train_bytes: 0 }\nmodel",
      at: "10:102", in: "tokenizer.train_bytes",
      says: "found '0', expected a number of bytes of at least 1, as 8MB or 512KiB"),
    Mistake(
      "{ english: 1, chinese: 1 } }", "[english] }",
      at: "10:61", in: "tokenizer.train_on",
      says: "found a list, expected a mapping of corpora and numbers, as { english: 1 }"),
    Mistake(
      "context: 256", "context: 0",
      at: "11:38", in: "model.context",
      says: "found '0', expected a whole number of tokens from 1 to 1073741824"),
    Mistake(
      "context: 256, ", "",
      at: "11:1", in: "model.context",
      says: "the key 'context' is missing: the tokens in a sequence, as 256"),
    Mistake(
      "120k, 250k", "250k, 120k",
      at: "11:63", in: "model.ladder.2",
      says: "found '120k' after a size of 250000, expected sizes that ascend, each once",
      "put them in order"),
    Mistake(
      "120k, 250k", "120k, 120k",
      at: "11:63", in: "model.ladder.2",
      says: "found '120k' after a size of 120000, expected sizes that ascend, each once",
      "put them in order"),
    Mistake(
      "[60k, 120k, 250k, 500k, 1M]", "60k",
      at: "11:51", in: "model.ladder",
      says: "found '60k', expected a list of sizes and shapes, as [60k, 1.5M], a range, as "
        + "{ from: 60k, to: 4M, steps: 8 }, or paper", "write [60k]"),
    Mistake(
      "[60k, 120k, 250k, 500k, 1M]", "[]",
      at: "11:51", in: "model.ladder",
      says: "found an empty list, expected sizes and shapes, as [60k, 1.5M]"),
    Mistake(
      "[60k, 120k, 250k, 500k, 1M]", "papers",
      at: "11:51", in: "model.ladder",
      says: "found 'papers', expected a list of sizes and shapes"),
    Mistake(
      "[60k, 120k, 250k, 500k, 1M]", "paper",
      at: "11:51", in: "model.ladder",
      says: "'llama' cannot take the shapes of the paper: it has no option 'layers'",
      "its own options, which are feed_forward, tie and width"),
    Mistake(
      "[60k, 120k, 250k, 500k, 1M]", "{ from: 60k, to: 50k, steps: 3 }",
      at: "11:68", in: "model.ladder.to",
      says: "found 50000, expected more than from, which is 60000"),
    Mistake(
      "[60k, 120k, 250k, 500k, 1M]", "{ from: 60k, to: 4M }",
      at: "11:43", in: "model.ladder.steps",
      says: "the key 'steps' is missing: how many sizes there are, as 8"),
    Mistake(
      "[60k, 120k, 250k, 500k, 1M]", "{ from: 60k, to: 4M, steps: 1 }",
      at: "11:79", in: "model.ladder.steps",
      says: "found '1', expected a whole number from 2 to 1000"),
    Mistake(
      "[60k, 120k, 250k, 500k, 1M]", "{ from: 60k, to: 61k, steps: 200 }",
      at: "11:80", in: "model.ladder.steps",
      says: "200 sizes from 60000 to 61000 cannot be told apart in three digits; take fewer"),
    Mistake(
      "[60k, 120k, 250k, 500k, 1M]", "{ from: 60k, to: 4M, step: 8 }",
      at: "11:72", in: "model.ladder.step",
      says: "'step' is not a key of 'model.ladder'", "did you mean 'steps'?"),
    Mistake(
      "[60k, 120k, 250k, 500k, 1M]", "{ table: chinchilla }",
      at: "11:60", in: "model.ladder.table",
      says: "found 'chinchilla', expected paper"),
    Mistake(
      "[60k, 120k, 250k, 500k, 1M]", "{ table: paper, steps: 3 }",
      at: "11:67", in: "model.ladder.steps",
      says: "a table has the steps that it has; remove the key, or take table: out"),
    Mistake(
      "[60k, 120k, 250k, 500k, 1M]", "{ table: paper, to: 1M }",
      at: "11:60", in: "model.ladder.table",
      says: "no size of the table lies in this range; it goes from 49M to 5534M"),
    Mistake(
      "60k, 120k", "60k, { name: wide, widht: 64 }, 120k",
      at: "11:71", in: "model.ladder.1.widht",
      says: "'widht' is not a key of 'model.ladder.1'", "did you mean 'width'?"),
    Mistake(
      "60k, 120k", "60k, { width: 4 }, 120k",
      at: "11:66", in: "model.ladder.1.width",
      says: "found '4', expected a whole number from 8 to 8192"),
    Mistake(
      "60k, 120k", "60k, { name: a/b, width: 64 }, 120k",
      at: "11:65", in: "model.ladder.1.name",
      says: "'a/b' cannot name a size"),
    Mistake(
      "60k, 120k", "60k, { name: 60k, width: 64 }, 120k",
      at: "11:57", in: "model.ladder.1",
      says: "a size called '60k' stands above; give each shape a name of its own"),
    Mistake(
      "60k, 120k", "60k, { name: wide }, 120k",
      at: "11:57", in: "model.ladder.1",
      says: "found no option of the architecture, expected at least one, as width: 512"),
    Mistake(
      "60k", "60.00001k",
      at: "11:52", in: "model.ladder.0",
      says: "found '60.00001k', expected a whole number of parameters of at least 1, as 8192"),
    Mistake(
      "1M] }", "1M], count: all }",
      at: "11:87", in: "model.count",
      says: "found 'all', expected non-embedding or total"),
    Mistake(
      "1M] }", "1M], tie: yes }",
      at: "11:85", in: "model.tie",
      says: "found 'yes', expected true or false", "did you mean 'true'?"),
    Mistake(
      "1M] }", "1M], feed_forward: exat }",
      at: "11:94", in: "model.feed_forward",
      says: "found 'exat', expected exact or rounded", "did you mean 'exact'?"),
    Mistake(
      "1M] }", "1M], widht: 64 }",
      at: "11:80", in: "model.widht",
      says: "'widht' is not a key of 'model'", "did you mean 'width'?"),
    Mistake(
      "1M] }", "1M], width: 4 }",
      at: "11:87", in: "model.width",
      says: "found '4', expected a whole number from 8 to 8192"),
  ]
}

extension Mistake {
  /// Evaluation and laws.
  static let laws: [Mistake] = [
    Mistake(
      "held_out: 2% }\n  chinese", "held_out: 0 }\n  chinese",
      at: "21:19", in: "evaluate.on.0",
      says: "'english' has no held-out text to evaluate on"),
    Mistake(
      "on: [english, chinese]", "on: english",
      at: "21:18", in: "evaluate.on",
      says: "found 'english', expected a list of corpora, as [english]", "write [english]"),
    Mistake(
      "on: [english, chinese]", "on: [english, englsh]",
      at: "21:28", in: "evaluate.on.1",
      says: "'englsh' is not a declared corpus", "did you mean 'english'?"),
    Mistake(
      "on: [english, chinese]", "on: [chinese, chinese, english]",
      at: "21:28", in: "evaluate.on.1",
      says: "'chinese' stands in the list twice", "keep one"),
    Mistake(
      "points: 12", "points: 0",
      at: "21:46", in: "evaluate.points",
      says: "found '0', expected a whole number from 1 to 1000000"),
    Mistake(
      "points: 12", "points: 12, tokens: 1.5",
      at: "21:58", in: "evaluate.tokens",
      says: "found '1.5', expected a whole number of tokens of at least 1, as 8192 or 8k"),
    Mistake(
      "evaluate:", "evalute:",
      at: "21:1", in: "evalute",
      says: "'evalute' is not a key of a pipeline", "did you mean 'evaluate'?"),
    Mistake(
      "stage: scratch", "stage: skratch",
      at: "23:41", in: "laws.scratch.stage",
      says: "'skratch' is not a declared stage", "did you mean 'scratch'?"),
    Mistake(
      "stage: scratch, ", "",
      at: "23:3", in: "laws.scratch.stage",
      says: "the key 'stage' is missing: the stage whose runs the law is fitted to"),
    Mistake(
      "corpus: chinese, freeze", "corpus: french, freeze",
      at: "24:56", in: "laws.cpt.corpus",
      says: "'french' is not a declared corpus"),
    Mistake(
      "corpus: chinese, freeze", "corpus: chinese, points: last, freeze",
      at: "24:73", in: "laws.cpt.points",
      says: "found 'last', expected final or all"),
    Mistake(
      "from: scratch", "from: cpt",
      at: "24:81", in: "laws.cpt.freeze.from",
      says: "the law 'cpt' refers to itself", "name one that stands above it"),
    Mistake(
      "from: scratch", "from: base",
      at: "24:81", in: "laws.cpt.freeze.from",
      says: "'base' is not a declared law"),
    Mistake(
      "alpha] }", "alfa] }",
      at: "24:104", in: "laws.cpt.freeze.terms.2",
      says: "'alfa' is not a term of the law 'scratch' (chinchilla)", "did you mean 'alpha'?"),
    Mistake(
      "alpha] }", "gamma] }",
      at: "24:104", in: "laws.cpt.freeze.terms.2",
      says: "'gamma' is not a term of the law 'scratch' (chinchilla)"),
    Mistake(
      "alpha] }", "A] }",
      at: "24:104", in: "laws.cpt.freeze.terms.2",
      says: "'A' is frozen twice", "keep one"),
    Mistake(
      "terms: [E, A, alpha]", "terms: E",
      at: "24:97", in: "laws.cpt.freeze.terms",
      says: "found 'E', expected a list of terms, as [E, A, alpha]", "write [E]"),
    Mistake(
      "terms: [E, A, alpha]", "terms: []",
      at: "24:97", in: "laws.cpt.freeze.terms",
      says: "found an empty list, expected terms, as [E, A, alpha]"),
    Mistake(
      ", terms: [E, A, alpha]", "",
      at: "24:65", in: "laws.cpt.freeze.terms",
      says: "the key 'terms' is missing: a list of terms, as [E, A, alpha]"),
    Mistake(
      "plugin: chinchilla", "plugin: chinchila",
      at: "23:22", in: "laws.scratch.plugin",
      says: "there is no scaling-law plugin 'chinchila'"),
    Mistake(
      "alpha] } }", "alpha] }, label: [x] }",
      at: "24:121", in: "laws.cpt.label",
      says: "found a list, expected a text"),
  ]

  /// What is wrong as YAML already.
  static let yaml: [Mistake] = [
    Mistake(
      "seed: 20240702", "seed: 1\nseed: 2",
      at: "4:1", in: "seed",
      says: "the key 'seed' stands here a second time, the first is at line 3, column 1", "keep one"
    ),
    Mistake(
      "schema: 1", "schema: [1",
      at: "2:5", in: "",
      says: "this is not YAML: while parsing a flow sequence that starts at line 1: did not"),
    Mistake(
      "name: english", "name: 'english",
      at: "25:1", in: "",
      says: "this is not YAML: while scanning a quoted scalar that starts at line 2: found"),
    Mistake(
      "seed: 20240702", "\tseed: 1",
      at: "3:1", in: "",
      says: "this is not YAML: while scanning a plain scalar that starts at line 2: found a"),
    Mistake(
      "name: english", "name: *x english",
      at: "2:7", in: "",
      says: "this is not one YAML document: found undefined alias"),
    Mistake(
      "name: english", "name: !!binary english",
      at: "2:7", in: "name",
      says: "the tag 'tag:yaml.org,2002:binary' means nothing in a pipeline", "remove it"),
    Mistake(
      "name: english", "name: !foo english",
      at: "2:7", in: "name",
      says: "the tag '!foo' means nothing in a pipeline", "remove it"),
    Mistake(
      "seed: 20240702", "--- \nseed: 3",
      at: "3:1", in: "",
      says: "this is not one YAML document: expected a single document in the stream but found"),
    Mistake(
      "name: english", "name: \(String(repeating: "x", count: 5000))",
      at: "2:7", in: "name",
      says: "found a text of 5011 bytes, expected at most 4096"),
    Mistake(
      "name: english", "? \(String(repeating: "x", count: 5000))\n: english",
      at: "2:3", in: "",
      says: "found a text of 5000 bytes, expected at most 4096"),
    Mistake(
      "seed: 20240702", "seed: \u{07}",
      at: "3:7", in: "",
      says: "this is not YAML text: control characters are not allowed (U+7)",
      "remove the character"),
    Mistake(
      "seed: 20240702", "? [a]\n: 1",
      at: "3:3", in: "",
      says: "a key must be a word, found a list or mapping"),
    Mistake(
      "seed: 20240702", "<<: 5",
      at: "3:5", in: "<<",
      says: "found '5', expected a mapping or an alias of one to merge"),
  ]
}

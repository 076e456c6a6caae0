extension Mistake {
  /// The optimizer and the batch.
  static let optimizer: [Mistake] = [
    Mistake(
      "tokens: 8192", "tokens: 2147483648",
      at: "13:22", in: "batch.tokens",
      says: "found '2147483648', expected a whole number of tokens from 1 to 2147483647"),
    Mistake(
      "context: 256", "context: 300",
      at: "13:22", in: "batch.tokens",
      says: "found '8192', expected a multiple of the context, 300", "write 8100 or 8400"),
    Mistake(
      "learning_rate: 2e-3", "lerning_rate: 2e-3",
      at: "12:29", in: "optimizer.lerning_rate",
      says: "'lerning_rate' is not a key of 'optimizer'", "did you mean 'learning_rate'?"),
    Mistake(
      "learning_rate: 2e-3", "learning_rate: 0",
      at: "12:44", in: "optimizer.learning_rate",
      says: "found '0', expected a number above 0, as 2e-3"),
    Mistake(
      "learning_rate: 2e-3", "learning_rate: 5%",
      at: "12:44", in: "optimizer.learning_rate",
      says: "found '5%', expected a number above 0, as 2e-3"),
    Mistake(
      "schedule: cosine", "schedule: cosinus",
      at: "12:60", in: "optimizer.schedule",
      says: "found 'cosinus', expected cosine, constant, linear or wsd", "did you mean 'cosine'?"),
    Mistake(
      "schedule: cosine", "schedule: function", at: "12:60", in: "optimizer.schedule",
      says: "which function is not said; write schedule: { function: NAME }"),
    Mistake(
      "schedule: cosine", "schedule: { function: half-sine }", at: "12:72",
      in: "optimizer.schedule.function", says: "no schedule plugin 'half-sine'"),
    Mistake(
      "schedule: cosine", "schedule: { shape: wsd, function: half-cosine }", at: "12:62",
      in: "optimizer.schedule.shape", says: "has a shape or is a function; keep one"),
    Mistake(
      "schedule: cosine", "schedule: { function: half-cosine, final: 1% }", at: "12:85",
      in: "optimizer.schedule.final", says: "a function gives the last rate itself"),
    Mistake(
      "schedule: cosine", "schedule: constant, final: 10%",
      at: "12:70", in: "optimizer.final",
      says: "the schedule 'constant' ends at its peak",
      "remove the key, or write the schedule cosine, linear or wsd"),
    Mistake(
      "schedule: cosine", "decay: 10%",
      at: "12:50", in: "optimizer.decay",
      says: "the schedule 'cosine' has no decay of its own",
      "remove the key, or write the schedule wsd"),
    Mistake(
      "schedule: cosine, warmup: 5%", "schedule: wsd, warmup: 50%, decay: 60%",
      at: "12:85", in: "optimizer.decay",
      says: "the warm-up (0.5 of the steps) and the decay (0.6) together take more than the",
      "lower one of them"),
    Mistake(
      "schedule: cosine", "schedule: { shape: cosine, warmup: 1% }",
      at: "12:91", in: "optimizer.warmup",
      says: "'warmup' stands here and also in 'optimizer.schedule'", "keep one"),
    Mistake(
      "schedule: cosine", "schedule: { shape: wsd, dekay: 1% }",
      at: "12:74", in: "optimizer.schedule.dekay",
      says: "'dekay' is not a key of 'optimizer.schedule'", "did you mean 'decay'?"),
    Mistake(
      "schedule: cosine", "schedule: { shape: cosine, branches: true }",
      at: "12:77", in: "optimizer.schedule.branches",
      says: "the runs of the schedule 'cosine' have no part in common that is not annealed",
      "remove the key, or write the schedule wsd"),
    Mistake(
      "schedule: cosine", "schedule: wsd, branches: yes",
      at: "12:75", in: "optimizer.branches",
      says: "expected true or false", "did you mean 'true'?"),
    Mistake(
      "warmup: 5%", "warmup: 5",
      at: "12:76", in: "optimizer.warmup",
      says: "found '5', expected a number from 0 to 1, as 0.05 or 5%", "did you mean '5%'?"),
    Mistake(
      "clip: 1.0", "clip: never",
      at: "12:86", in: "optimizer.clip",
      says: "found 'never', expected a number above 0, as 1.0, or none"),
    Mistake(
      "clip: 1.0", "clip: -1",
      at: "12:86", in: "optimizer.clip",
      says: "found '-1', expected a number above 0, as 1.0, or none"),
    Mistake(
      "clip: 1.0", "clip: 1.0, beta1: 1.5",
      at: "12:98", in: "optimizer.beta1",
      says: "found '1.5', expected a number from 0 to 1, as 0.05 or 5%", "did you mean '1.5%'?"),
    Mistake(
      "clip: 1.0", "clip: 1.0, momentum: 0.9",
      at: "12:91", in: "optimizer.momentum",
      says: "'momentum' is not a key of 'optimizer'"),
    Mistake(
      "tokens: 8192", "tokens: 8000",
      at: "13:22", in: "batch.tokens",
      says: "found '8000', expected a multiple of the context, 256", "write 7936 or 8192"),
    Mistake(
      "tokens: 8192 }", "tokens: 8192, micro_batch: 1000 }",
      at: "13:41", in: "batch.micro_batch",
      says: "found '1000', expected a multiple of the context, 256", "write 768 or 1024"),
    Mistake(
      "tokens: 8192 }", "tokens: 8192, micro_batch: 768 }",
      at: "13:41", in: "batch.micro_batch",
      says: "found 768, but a batch of 8192 tokens is not a whole number of such micro-batches",
      "allowed are 256, 512, 1024, 2048, 4096 and 8192"),
    Mistake(
      "tokens: 8192 }", "tokens: 8192, micro_batch: 16384 }",
      at: "13:41", in: "batch.micro_batch",
      says: "found 16384, but a batch of 8192 tokens is not a whole number"),
    Mistake(
      "tokens: 8192 }", "tokens: 8192, micro_batch: 0 }",
      at: "13:41", in: "batch.micro_batch",
      says: "found '0', expected a whole number of tokens from 1"),
    Mistake(
      "tokens: 8192 }", "tokens: 8192, micro_bach: 256 }",
      at: "13:28", in: "batch.micro_bach",
      says: "'micro_bach' is not a key of 'batch'", "did you mean 'micro_batch'?"),
    Mistake(
      "stages:", "memory: recomputed\nstages:",
      at: "15:9", in: "memory",
      says: "found 'recomputed', expected store or recompute", "did you mean 'recompute'?"),
    Mistake(
      "{ tokens: 8192 }", "8192",
      at: "13:12", in: "batch",
      says: "found '8192', expected a mapping of the keys tokens and micro_batch"),
  ]

  /// The stages.
  static let stages: [Mistake] = [
    Mistake(
      "from-scratch, data: { english", "scratch, data: { english",
      at: "16:24", in: "stages.source.strategy",
      says: "found 'scratch', expected from-scratch or continue"),
    Mistake(
      "strategy: from-scratch, data: { english",
      "strategy: from-scratch, from: scratch, data: { english",
      at: "16:38", in: "stages.source.from",
      says: "a stage from scratch comes from no other",
      "remove the key, or write strategy: continue"),
    Mistake(
      "from: source, tokens", "tokens",
      at: "18:3", in: "stages.cpt.from",
      says: "the key 'from' is missing: the stage whose final weights this one starts with"),
    Mistake(
      "from: source", "from: cpt",
      at: "18:40", in: "stages.cpt.from",
      says: "the stage 'cpt' refers to itself", "name one that stands above it"),
    Mistake(
      "from: source", "from: sources",
      at: "18:40", in: "stages.cpt.from",
      says: "'sources' is not a declared stage", "did you mean 'source'?"),
    Mistake(
      "data: { english: 1 }, tokens: 20N", "data: { english: 1 }, tokens: 20n",
      at: "16:68", in: "stages.source.tokens",
      says: "found '20n', expected a number of tokens above 0, as 5M, or of tokens for each",
      "did you mean '20N'?"),
    Mistake(
      "data: { english: 1 }, tokens: 20N", "data: { english: 1 }, tokens: 0N",
      at: "16:68", in: "stages.source.tokens",
      says: "found '0N', expected a number of tokens above 0, as 5M, or of tokens for each"),
    Mistake(
      "data: { english: 1 }, tokens: 20N", "data: { english: 1 }, tokens: 1e30N",
      at: "16:68", in: "stages.source.tokens",
      says: "found '1e30N', expected a number of tokens above 0", "at most 1000T"),
    Mistake(
      "data: { english: 1 }, tokens: 20N", "data: { english: 1 }, tokens: 1001T",
      at: "16:68", in: "stages.source.tokens",
      says: "found '1001T', expected a number of tokens above 0", "at most 1000T"),
    Mistake(
      "data: { english: 1 }, tokens: 20N", "data: { english: 1 }, tokens: -5M",
      at: "16:68", in: "stages.source.tokens",
      says: "found '-5M', expected a number of tokens above 0, as 5M, or of tokens for each"),
    Mistake(
      "data: { english: 1 }, tokens: 20N", "data: { english: 1 }, tokens: 5%",
      at: "16:68", in: "stages.source.tokens",
      says: "found '5%', expected a number of tokens above 0, as 5M, or of tokens for each"),
    Mistake(
      "data: { english: 1 }, tokens: 20N", "data: { english: 1 }",
      at: "16:3", in: "stages.source.tokens",
      says: "the key 'tokens' is missing: how much to train on, as 20N, 5M or 100000"),
    Mistake(
      "data: { english: 1 }, tokens", "tokens",
      at: "16:3", in: "stages.source.data",
      says: "the key 'data' is missing: what to train on, as { english: 1 }"),
    Mistake(
      "{ english: 1 }, tokens", "english, tokens",
      at: "16:44", in: "stages.source.data",
      says: "found 'english', expected a mapping of corpora and numbers, as { english: 1 },"),
    Mistake(
      "{ english: 1 }, tokens", "{ englsh: 1 }, tokens",
      at: "16:46", in: "stages.source.data.englsh",
      says: "'englsh' is not a declared corpus", "did you mean 'english'?"),
    Mistake(
      "{ english: 1 }, tokens", "{ english: -1 }, tokens",
      at: "16:55", in: "stages.source.data.english",
      says: "found '-1', expected a number of at least 0, as 0.05 or 5%"),
    Mistake(
      "{ english: 1 }, tokens", "{}, tokens",
      at: "16:44", in: "stages.source.data",
      says: "found no corpus, expected at least one, as { english: 1 }"),
    Mistake(
      "target: chinese, replay: { english: 5% }", "target: chinese, replay: { chinese: 5% }",
      at: "19:20", in: "stages.cpt.data",
      says: "'chinese' is the target and replayed as well"),
    Mistake(
      "target: chinese", "target: klingon",
      at: "19:46", in: "stages.cpt.data.target",
      says: "'klingon' is not a declared corpus"),
    Mistake(
      "target: chinese, ", "",
      at: "19:14", in: "stages.cpt.data.target",
      says: "the option 'target' of the data-mixer plugin 'replay' is missing: the corpus to"),
    Mistake(
      "english: 5%", "english: 105%",
      at: "19:74", in: "stages.cpt.data.replay.english",
      says: "found '105%', expected a number from 0 to 1, as 0.05 or 5%"),
    Mistake(
      "plugin: replay", "plugin: rep",
      at: "19:30", in: "stages.cpt.data.plugin",
      says: "there is no data-mixer plugin 'rep'"),
    Mistake(
      "5% } } }", "5% } }, optimizer: { plugin: sgd } }",
      at: "19:95", in: "stages.cpt.optimizer.plugin",
      says: "a stage keeps the optimizer plugin of the pipeline", "remove the key"),
    Mistake(
      "5% } } }", "5% } }, optimizer: { schedule: constant, final: 1% } }",
      at: "19:115", in: "stages.cpt.optimizer.final",
      says: "the schedule 'constant' ends at its peak",
      "remove the key, or write the schedule cosine, linear or wsd"),
    Mistake(
      "5% } } }", "5% } }, optimizer: { beta3: 0.5 } }",
      at: "19:95", in: "stages.cpt.optimizer.beta3",
      says: "'beta3' is not a key of 'stages.cpt.optimizer'", "did you mean 'beta1'?"),
    Mistake(
      "5% } } }", "5% } }, optimizer: fast }",
      at: "19:93", in: "stages.cpt.optimizer",
      says: "found 'fast', expected a mapping of the keys learning_rate, schedule, warmup,"),
  ]
}

"""One folder for each paper, each a whole reproduction: model, training, evaluation, published numbers, sample."""

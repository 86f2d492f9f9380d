/** Answers of Stripe come one by one. Those of ten milliseconds share a transaction, which costs more than they do; Stripe takes far longer. */
export const answersTogether = { pauseMs: 10 }

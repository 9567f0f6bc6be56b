#!/bin/sh
# Logistic regression in awk: is it an eight? Usage: train.sh LEARNING_RATE EPOCHS
exec awk -F, -v lr="$1" -v epochs="$2" '
  { target[NR] = $65 == 8; for (i = 1; i <= 64; i++) pixel[NR, i] = $i / 16 }
  function score(n,  i, sum) { sum = bias; for (i = 1; i <= 64; i++) sum += weight[i] * pixel[n, i]; return sum }
  END {
    last = 600
    for (epoch = 1; epoch <= epochs; epoch++) {
      for (n = 1; n <= last; n++) {
        step = lr * (target[n] - 1 / (1 + exp(-score(n))))
        bias += step
        for (i = 1; i <= 64; i++) weight[i] += step * pixel[n, i]
      }
      right = 0
      for (n = last + 1; n <= last + 300; n++) right += (score(n) > 0) == target[n]
      print "epoch=" epoch " accuracy=" right / 300
    }
  }
' "$(dirname "$0")/../data/optdigits.csv"

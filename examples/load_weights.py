"""A model of Expunge in scikit-learn: load("model.npz").predict(rows that `expunge encode` wrote)."""

import numpy as np
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.svm import LinearSVC


def load(path):
    saved = np.load(path)
    kinds = {
        "huberRegression": LinearRegression,
        "logistic": LogisticRegression,
        "smoothedHinge": LinearSVC,
        "softmax": LogisticRegression,
    }
    model = kinds[str(saved["objective"])]()
    model.coef_, model.intercept_ = saved["coef"], saved["intercept"]
    model.n_features_in_ = model.coef_.shape[-1]
    if "classes" in saved:
        model.classes_ = saved["classes"]
    return model

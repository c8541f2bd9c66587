"""deepen as scikit-learn knows learners: for pipelines, grid searches and cross-validation.

- :class:`~deepen.estimators.classifier.DeepClassifier`: classes, and several labels
- :class:`~deepen.estimators.regressor.DeepRegressor`: a number
- :class:`~deepen.estimators.features.DeepFeatures`: what stands on a level of a trained net, as a transformer

They are thin: ``fit`` is :func:`deepen.train` on all the rows given, and ``model_`` is what that gives.
"""

from deepen.estimators.classifier import DeepClassifier
from deepen.estimators.features import DeepFeatures
from deepen.estimators.regressor import DeepRegressor

__all__ = ["DeepClassifier", "DeepFeatures", "DeepRegressor"]

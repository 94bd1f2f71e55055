"""Clusters of duplicate documents, exact and near, one survivor each; they go on from earlier runs."""

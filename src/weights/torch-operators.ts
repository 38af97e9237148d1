/*
 * What a PyTorch can load of the TorchScript that a newer one saved. Measured: the lists are the
 * differences of `torch._C._jit_get_all_schemas()` (aten) in 1.10.2, 1.13.1 and 2.13.0. Of 38
 * networks that 2.13 saved, small ones and MONAI's, 1.13 fails at 7: those that call an operator
 * of AFTER_1_13. 1.10.2 fails at all that call one of either list, and at formats above 6.
 */

/** The newest format of an archive that a PyTorch reads. 2.13 writes 3 to 10, by the operators. */
export const MOST_VERSION = { "1.10": 6, "1.13": 10 } as const;

/** What {@link readTorchScript} calls an exception that names its class, as newer code does. */
export const RAISE_OF_CLASS = "RaiseException of a class";

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Operators that came after PyTorch 1.10, up to 1.13. */
export const AFTER_1_10: ReadonlySet<string> = new Set([
  RAISE_OF_CLASS,
  ...words(`
    _addmm_activation _amp_foreach_non_finite_check_and_unscale _amp_update_scale
    _assert_tensor_metadata _autocast_to_full_precision _autocast_to_reduced_precision _coalesced
    _conj_copy _convert_indices_from_csr_to_coo _efficientzerotensor
    _flash_scaled_dot_product_attention _foobar _foreach_maximum_ _foreach_minimum_ _foreach_norm
    _foreach_zero _fused_adam _fused_adam_ _fused_moving_avg_obs_fq_helper_functional
    _fw_primal_copy _has_same_storage_numel _histogramdd_bin_edges _histogramdd_from_bin_cts
    _histogramdd_from_bin_tensors _index_put_impl _indices_copy _is_zerotensor
    _linalg_check_errors _linalg_det _linalg_eigh _linalg_slogdet _linalg_solve_ex _linalg_svd
    _lstm_mps _make_dual_copy _masked_softmax _masked_softmax_backward _mps_convolution
    _mps_convolution_transpose _mps_max_pool2d _native_decoder_only_multi_head_attention
    _native_multi_head_attention _neg_view_copy _nested_from_padded
    _nested_from_padded_and_nested_example _nested_select_backward _nested_sum_backward
    _nested_tensor_from_mask _nested_tensor_from_mask_left_aligned _nested_tensor_from_tensor_list
    _nested_tensor_layer_norm _nested_tensor_offsets _nested_tensor_size
    _nested_tensor_softmax_with_shape _nested_tensor_strides _nested_view_from_buffer
    _nested_view_from_buffer_copy _new_zeros_with_same_feature_meta _pad_circular _pad_enum
    _reshape_alias_copy _resize_output _resize_output_ _scaled_dot_product_attention
    _scaled_dot_product_attention_forward _scaled_dot_product_attention_math _sparse_broadcast_to
    _sparse_broadcast_to_copy _sparse_bsc_tensor_unsafe _sparse_bsr_tensor_unsafe
    _sparse_compressed_tensor_unsafe _sparse_csc_tensor_unsafe _sparse_csr_prod _sparse_csr_sum
    _spdiags _test_autograd_multiple_dispatch _test_autograd_multiple_dispatch_view
    _test_autograd_multiple_dispatch_view_copy _test_warn_in_autograd
    _thnn_fused_lstm_cell_backward_impl _to_dense _torch_cuda_cu_linker_symbol_op
    _transform_bias_rescale_qkv _transformer_decoder_only_layer_fwd _transformer_encoder_layer_fwd
    _triton_multi_head_attention _triton_scaled_dot_attention _upsample_bicubic2d_aa
    _upsample_bicubic2d_aa_backward _upsample_bilinear2d_aa _upsample_bilinear2d_aa_backward
    _upsample_nearest_exact1d _upsample_nearest_exact1d_backward _upsample_nearest_exact2d
    _upsample_nearest_exact2d_backward _upsample_nearest_exact3d
    _upsample_nearest_exact3d_backward _validate_compressed_sparse_indices
    _validate_sparse_bsc_tensor_args _validate_sparse_bsr_tensor_args
    _validate_sparse_compressed_tensor_args _validate_sparse_csc_tensor_args _values_copy
    _weight_norm_interface _weight_norm_interface_backward adjoint alias_copy arctan2 arctan2_
    argwhere as_strided_copy as_strided_scatter cauchy ccol_indices ccol_indices_copy chalf
    col_indices_copy concatenate convolution_backward copy_sparse_to_sparse crow_indices_copy
    detach_copy diagonal_copy diagonal_scatter embedding_renorm expand_copy exponential fft_hfft2
    fft_hfftn fft_ihfft2 fft_ihfftn fill gelu_ geometric glu_backward_jvp glu_jvp histogramdd
    index_reduce index_reduce_ indices_copy is_autocast_cpu_enabled is_autocast_enabled
    is_non_overlapping_and_dense is_strides_like_format lift lift_fresh lift_fresh_copy
    linalg_cross linalg_diagonal linalg_ldl_factor linalg_ldl_factor_ex linalg_ldl_solve linalg_lu
    linalg_lu_factor linalg_lu_factor_ex linalg_lu_solve linalg_matrix_exp linalg_solve_ex
    linalg_solve_triangular linalg_vander linalg_vecdot linear_backward log_normal
    lstm_mps_backward mH mT matmul_backward matrix_H miopen_convolution_add_relu
    miopen_convolution_relu mps_convolution_backward mps_convolution_transpose_backward
    mps_max_pool2d_backward native_channel_shuffle native_dropout native_dropout_backward
    nested_to_padded_tensor normal_functional pad permute_copy quantize_per_tensor_dynamic random
    resize resize_as resize_as_sparse row_indices row_indices_copy scatter_reduce scatter_reduce_
    select_copy select_scatter set slice_copy slice_scatter sparse_bsc_tensor sparse_bsr_tensor
    sparse_compressed_tensor sparse_csc_tensor sparse_resize sparse_resize_and_clear
    sparse_sampled_addmm special_airy_ai special_bessel_j0 special_bessel_j1 special_bessel_y0
    special_bessel_y1 special_chebyshev_polynomial_t special_chebyshev_polynomial_u
    special_chebyshev_polynomial_v special_chebyshev_polynomial_w special_hermite_polynomial_h
    special_hermite_polynomial_he special_laguerre_polynomial_l special_legendre_polynomial_p
    special_log_ndtr special_modified_bessel_i0 special_modified_bessel_i1
    special_modified_bessel_k0 special_modified_bessel_k1 special_scaled_modified_bessel_k0
    special_scaled_modified_bessel_k1 special_shifted_chebyshev_polynomial_t
    special_shifted_chebyshev_polynomial_u special_shifted_chebyshev_polynomial_v
    special_shifted_chebyshev_polynomial_w special_softmax special_spherical_bessel_j0 split_copy
    split_with_sizes_copy squeeze_copy sym_numel sym_size sym_storage_offset sym_stride t_copy
    to_padded_tensor to_sparse_bsc to_sparse_bsr to_sparse_csc to_sparse_csr transpose_copy
    unbind_copy unfold_copy uniform unsqueeze_copy values_copy view_as_complex_copy
    view_as_real_copy view_copy zero
  `),
]);

/** Operators that came after PyTorch 1.13, up to 2.13. */
export const AFTER_1_13: ReadonlySet<string> = new Set(
  words(`
    Generator _assert_scalar _batch_norm_no_update _batch_norm_with_update
    _batch_norm_with_update_functional _chunk_cat _convert_weight_to_int4pack
    _convert_weight_to_int4pack_for_cpu _cslt_compress _cslt_sparse_mm _cslt_sparse_mm_search
    _cudnn_attention_backward _cudnn_attention_forward _dyn_quant_matmul_4bit
    _dyn_quant_pack_4bit_weight _efficient_attention_backward _efficient_attention_forward
    _fill_mem_eff_dropout_mask_ _flash_attention_backward _flash_attention_forward
    _flash_attention_forward_no_dropout_inplace _foreach_clamp_max _foreach_clamp_max_
    _foreach_clamp_min _foreach_clamp_min_ _foreach_clone _foreach_copy _foreach_copy_
    _foreach_lerp _foreach_lerp_ _foreach_max _foreach_mm _foreach_pow _foreach_pow_
    _foreach_powsum _foreach_rsqrt _foreach_rsqrt_ _foreach_sign _foreach_sign_
    _functional_assert_async _functional_assert_scalar _functional_sym_constrain_range
    _functional_sym_constrain_range_for_size _fused_adagrad _fused_adagrad_ _fused_adamw
    _fused_adamw_ _fused_rms_norm _fused_rms_norm_backward _fused_sdp_choice _fused_sgd
    _fused_sgd_ _get_cpu_capability _grouped_mm _int_mm _is_all_true _is_any_true
    _jagged_to_padded_dense_forward _lazy_clone _linalg_eigvals _make_dep_token
    _mixed_dtypes_linear _native_batch_norm_legit _native_batch_norm_legit_functional
    _native_batch_norm_legit_no_training _nested_compute_contiguous_strides_offsets
    _nested_from_padded_tensor _nested_get_jagged_dummy _nested_get_lengths _nested_get_max_seqlen
    _nested_get_min_seqlen _nested_get_offsets _nested_get_ragged_idx _nested_get_values
    _nested_get_values_copy _nested_tensor_storage_offsets _nested_view_from_jagged
    _nested_view_from_jagged_copy _padded_dense_to_jagged_forward _philox_key_fold_in
    _philox_key_split _philox_normal _philox_normal_ _philox_uniform _philox_uniform_
    _prelu_kernel _prelu_kernel_backward _print _propagate_xla_data _reshape_copy _safe_softmax
    _scaled_dot_product_attention_math_for_mps _scaled_dot_product_cudnn_attention
    _scaled_dot_product_cudnn_attention_backward _scaled_dot_product_efficient_attention
    _scaled_dot_product_efficient_attention_backward _scaled_dot_product_flash_attention
    _scaled_dot_product_flash_attention_backward _scaled_dot_product_flash_attention_for_cpu
    _scaled_dot_product_flash_attention_for_cpu_backward
    _scaled_dot_product_fused_attention_overrideable
    _scaled_dot_product_fused_attention_overrideable_backward _scaled_grouped_mm
    _scaled_grouped_mm_v2 _scaled_mm _scaled_mm_v2 _sparse_compressed_tensor_with_dims
    _sparse_mask_projection _sparse_mm_reduce_impl _sparse_mm_reduce_impl_backward
    _sparse_semi_structured_addmm _sparse_semi_structured_apply
    _sparse_semi_structured_apply_dense _sparse_semi_structured_linear _sparse_semi_structured_mm
    _sparse_semi_structured_tile _spsolve _test_check_tensor _test_functorch_fallback
    _test_parallel_materialize _to_sparse _to_sparse_bsc _to_sparse_bsr _to_sparse_csc
    _to_sparse_csr _to_sparse_semi_structured _unsafe_index _unsafe_index_put _unsafe_masked_index
    _unsafe_masked_index_put_accumulate _upsample_lanczos2d_aa _upsample_lanczos2d_aa_backward
    _use_miopen_ctc_loss _weight_int4pack_mm _weight_int4pack_mm_for_cpu
    _weight_int4pack_mm_with_scales_and_zeros _weight_int8pack_mm _wrapped_linear_prepack
    _wrapped_quantized_linear_prepacked batch_norm_backward broadcast_shapes empty_permuted
    get_autocast_dtype hash_tensor initial_seed linalg__powsum masked_scatter_backward
    max_pool2d_backward miopen_ctc_loss mkldnn_rnn_layer mkldnn_rnn_layer_backward nonzero_static
    quantized_max_pool3d rms_norm rrelu_with_noise_functional scaled_dot_product_attention seed
    slice_inverse sym_constrain_range sym_constrain_range_for_size sym_is_contiguous
  `),
);

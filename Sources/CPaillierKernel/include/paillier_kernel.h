int ldct_kernel_placeholder(void);
